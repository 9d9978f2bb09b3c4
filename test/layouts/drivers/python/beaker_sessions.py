"""Beaker, session type `ext:database`."""

import tempfile

from beaker.session import Session
from common import ago, sqlalchemy_url
from sqlalchemy.pool import NullPool


class Database:
    def __init__(self, url):
        self.url = sqlalchemy_url(url).render_as_string(hide_password=False)
        self.locks = tempfile.TemporaryDirectory()

    def session(self, session_id, lifetime_seconds=None):
        """A new one, or the one that is stored; it makes the table where there is none."""
        return Session(
            {},
            id=session_id,
            use_cookies=False,
            type="ext:database",
            url=self.url,
            # Beaker keeps the first engine of each database.
            sa_opts={"sa.poolclass": NullPool},
            lock_dir=self.locks.name,
            timeout=lifetime_seconds,
        )

    def migrate(self):
        self.session("no session")

    def save(self, session_id, ago_seconds, lifetime_seconds):
        if lifetime_seconds is None:
            raise NotImplementedError
        with ago(ago_seconds):
            session = self.session(session_id, lifetime_seconds)
            session["id"] = session_id
            session.save()
        return session_id

    def loads(self, session_id, lifetime_seconds):
        return self.session(session_id, lifetime_seconds).get("id") == session_id

    def clean(self, lifetime_seconds):
        raise NotImplementedError

    def close(self):
        self.locks.cleanup()
