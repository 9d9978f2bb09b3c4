"""django.contrib.sessions, backend `db`; `cached_db` writes the same rows."""

from contextlib import suppress

import django
import pymysql
from common import ZONE, ago, key_of, server_of
from django.conf import settings

# mysqlclient, which Django names first, needs a compiler.
pymysql.install_as_MySQLdb()

settings.configure(
    SECRET_KEY="not a secret",
    INSTALLED_APPS=[
        "django.contrib.sessions",
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "user_sessions",
    ],
    TIME_ZONE=ZONE,
)
django.setup()

from django.contrib.sessions.backends import db  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from user_sessions.backends import db as user_sessions  # noqa: E402

ENGINES = {"postgresql": "django.db.backends.postgresql", "mysql": "django.db.backends.mysql"}


class Sessions:
    """Common to all backends."""

    use_tz = True
    store = None

    def __init__(self):
        settings.USE_TZ = self.use_tz

    def save(self, session_id, ago_seconds, lifetime_seconds):
        if lifetime_seconds is None:
            raise NotImplementedError
        settings.SESSION_COOKIE_AGE = lifetime_seconds
        with ago(ago_seconds):
            session = self.store()
            session["id"] = session_id
            self.give_expiry(session, lifetime_seconds)
            # The library would choose a random key, with which no other process could load the session.
            session._session_key = key_of(session_id)
            session.save(must_create=True)
        return session.session_key

    def give_expiry(self, session, lifetime_seconds):
        """SESSION_COOKIE_AGE counts unless a backend gives the session an expiry of its own."""

    def loads(self, session_id, lifetime_seconds):
        settings.SESSION_COOKIE_AGE = lifetime_seconds
        session = self.store(key_of(session_id))
        # A session that cannot be loaded would be replaced by a new, empty one.
        session.create = lambda: None
        return session.load().get("id") == session_id

    def clean(self, lifetime_seconds):
        settings.SESSION_COOKIE_AGE = lifetime_seconds
        settings.SESSION_ENGINE = self.store.__module__
        call_command("clearsessions")

    def close(self):
        pass


class Database(Sessions):
    store = db.SessionStore
    app = "sessions"

    def __init__(self, url, table=None):
        """The store's model names the table."""
        super().__init__()
        server = server_of(url)
        names = {"NAME": "database"} | {name.upper(): name for name in ("user", "password", "host", "port")}
        address = {name: server[key] for name, key in names.items()}
        engine = ENGINES[server["scheme"]]
        # Before the first, it is the connection of settings without a database.
        self.close()
        connections.settings = connections.configure_settings({"default": {"ENGINE": engine, **address}})

    def migrate(self):
        call_command("migrate", self.app, verbosity=0)

    def close(self):
        connections.close_all()
        with suppress(AttributeError):
            del connections["default"]


class NaiveDatabase(Database):
    """USE_TZ = False: MySQL's times are those of TIME_ZONE."""

    use_tz = False


class UserSessions(Database):
    """django-user-sessions: a table with more columns, one of them a reference to the user."""

    store = user_sessions.SessionStore
    app = "user_sessions"
