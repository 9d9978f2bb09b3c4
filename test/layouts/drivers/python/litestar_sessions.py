"""Litestar's sessions in the tables of Advanced Alchemy; they have the names that its documentation gives them."""

import asyncio
import json

from advanced_alchemy.extensions.litestar import SQLAlchemySyncConfig
from advanced_alchemy.extensions.litestar.session import SessionModelMixin, SQLAlchemySyncSessionBackend
from advanced_alchemy.extensions.litestar.store import SQLAlchemyStore, StoreModelMixin
from common import ago, sqlalchemy_url
from litestar.middleware.session.server_side import ServerSideSessionBackend, ServerSideSessionConfig
from sqlalchemy import create_engine


class UserSession(SessionModelMixin):
    __tablename__ = "user_sessions"


class SessionStore(StoreModelMixin):
    __tablename__ = "session_store"


class Sessions:
    model = None

    def __init__(self, url):
        # Clean-up compares times in UTC with now(), which is only right in a session of MySQL with this zone.
        zone = {"init_command": "SET time_zone = '+00:00'"} if url.startswith("mysql") else {}
        self.engine = create_engine(sqlalchemy_url(url), connect_args=zone)
        self.config = SQLAlchemySyncConfig(engine_instance=self.engine)

    def migrate(self):
        self.model.__table__.create(self.engine, checkfirst=True)

    def save(self, session_id, ago_seconds, lifetime_seconds):
        if lifetime_seconds is None:
            raise NotImplementedError
        backend, store = self.backend(lifetime_seconds)
        with ago(ago_seconds):
            asyncio.run(backend.set(session_id, json.dumps({"id": session_id}).encode(), store))
        return session_id

    def loads(self, session_id, lifetime_seconds):
        backend, store = self.backend(lifetime_seconds)
        data = asyncio.run(backend.get(session_id, store))
        return data is not None and json.loads(data) == {"id": session_id}

    def clean(self, lifetime_seconds):
        raise NotImplementedError

    def close(self):
        self.engine.dispose()


class SessionTable(Sessions):
    model = UserSession

    def backend(self, lifetime_seconds):
        config = ServerSideSessionConfig(max_age=lifetime_seconds)
        return SQLAlchemySyncSessionBackend(config, self.config, self.model), None

    def clean(self, lifetime_seconds):
        backend, _ = self.backend(lifetime_seconds)
        asyncio.run(backend.delete_expired())


class StoreTable(Sessions):
    """The recommended way; nothing deletes what has expired."""

    model = SessionStore

    def backend(self, lifetime_seconds):
        config = ServerSideSessionConfig(max_age=lifetime_seconds)
        return ServerSideSessionBackend(config), SQLAlchemyStore(self.config, self.model)
