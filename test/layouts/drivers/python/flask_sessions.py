"""Flask-Session with SQLAlchemy, and with cachelib's files."""

import os
import sys
import time
from datetime import timedelta
from functools import cached_property
from hashlib import md5, sha256
from importlib import import_module

from common import ago, set_mtime, sqlalchemy_url
from flask import Flask
from flask_session.cachelib import CacheLibSessionInterface
from flask_session.sqlalchemy import SqlAlchemySessionInterface
from flask_sqlalchemy import SQLAlchemy


class Sessions:
    """A session is opened and saved as at the begin and the end of a request."""

    def __init__(self):
        self.app = Flask("driver")

    def save(self, session_id, ago_seconds, lifetime_seconds):
        if lifetime_seconds is None:
            raise NotImplementedError
        self.app.permanent_session_lifetime = timedelta(seconds=lifetime_seconds)
        with ago(ago_seconds), self.app.test_request_context():
            session = self.interface.session_class({"id": session_id}, sid=session_id, permanent=True)
            session.modified = True
            self.interface.save_session(self.app, session, self.app.make_response(""))
        return self.interface.key_prefix + session_id

    def loads(self, session_id, lifetime_seconds):
        cookie = {"Cookie": f"{self.app.config['SESSION_COOKIE_NAME']}={session_id}"}
        self.app.permanent_session_lifetime = timedelta(seconds=lifetime_seconds)
        with self.app.test_request_context(headers=cookie) as context:
            return self.interface.open_session(self.app, context.request).get("id") == session_id


class Sqlalchemy(Sessions):
    def __init__(self, url, table="sessions"):
        super().__init__()
        self.table = table
        self.app.config["SQLALCHEMY_DATABASE_URI"] = sqlalchemy_url(url)
        self.client = SQLAlchemy(self.app)

    @cached_property
    def interface(self):
        """It makes the table where there is none."""
        return SqlAlchemySessionInterface(self.app, client=self.client, table=self.table)

    def migrate(self):
        self.interface  # noqa: B018

    def clean(self, lifetime_seconds):
        self.interface  # noqa: B018
        result = self.app.test_cli_runner().invoke(args=["session_cleanup"])
        if result.exit_code != 0:
            raise result.exception

    def close(self):
        with self.app.app_context():
            self.client.session.remove()
            self.client.engine.dispose()


class Cachelib(Sessions):
    file_hash = sha256
    threshold = 500

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    @cached_property
    def interface(self):
        """It makes the folder where there is none, and a file with the number of the others."""
        return CacheLibSessionInterface(self.app, client=self.cache_class()(self.folder, self.threshold))

    def cache_class(self):
        return import_module("cachelib.file").FileSystemCache

    def migrate(self):
        self.interface  # noqa: B018

    def save(self, session_id, ago_seconds, lifetime_seconds):
        # A lifetime of 0 is one without an end.
        key = super().save(session_id, ago_seconds, lifetime_seconds or 0)
        name = type(self).file_hash(key.encode()).hexdigest()
        set_mtime(os.path.join(self.folder, name), ago_seconds)
        return name

    def clean(self, lifetime_seconds):
        # `set` calls this above the threshold.
        self.interface.cache._remove_expired(time.time())

    def close(self):
        pass


class SmallCachelib(Cachelib):
    threshold = 10


class OldCachelib(Cachelib):
    """cachelib 0.9, whose names are md5."""

    file_hash = md5

    def cache_class(self):
        def out():
            return {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "cachelib"}

        newest = out()
        sys.path.insert(0, os.environ["OLD_CACHELIB"])
        try:
            return super().cache_class()
        finally:
            sys.path.pop(0)
            out()
            sys.modules.update(newest)
