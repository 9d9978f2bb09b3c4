"""Shelves as applications make them."""

from __future__ import annotations

import importlib
import pickle
import shelve
import sqlite3
import tempfile
import time
import unittest
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sessionstore.marks import Options, Owner
from sessionstore.shelf.access import Shelf
from sessionstore.shelf.kinds import Kind
from sessionstore.shelf.store import ShelfStore

OWNER = Owner("test", "shop", "web")
ADOPT = Options(OWNER, "Adopt")
HOUR = 3600.0


class Session:
    """As session3's: its times are attributes."""

    def __init__(self, id: str, age: float = 0.0) -> None:
        self.id = id
        self.user: object = "anna"
        self._creation_time = time.time() - age - 5
        self._access_time = time.time() - age


def long_ago() -> Any:
    """Sessions that are saved within this context are stale."""
    return patch("time.time", return_value=time.time() - 2 * HOUR)


def available(kind: Kind) -> bool:
    try:
        return kind == "sqlite3" or bool(importlib.import_module(f"dbm.{kind}"))
    except ImportError:
        return False


class SqliteDict(dict[bytes, bytes]):
    """The behaviour of dbm.sqlite3 in Python 3.13, for a Python that lacks it."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("CREATE TABLE IF NOT EXISTS Dict (key BLOB UNIQUE NOT NULL, value BLOB NOT NULL)")
        self.connection.execute("PRAGMA journal_mode = wal")

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self.connection.execute("REPLACE INTO Dict (key, value) VALUES (CAST(? AS BLOB), CAST(? AS BLOB))", (key, value))

    def close(self) -> None:
        self.connection.close()


def open_raw(kind: Kind, path: Path) -> Any:
    return SqliteDict(path) if kind == "sqlite3" else importlib.import_module(f"dbm.{kind}").open(str(path), "c")


class ShelfCase(unittest.TestCase):
    """A folder that stands for a mounted claim."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="sessionstore-", dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.path = self.root / "shop" / "sessions"
        self.path.parent.mkdir()

    def shelf(self, **options: Any) -> Shelf:
        return Shelf(path=self.path, root=self.root, **options)

    def fill(self, kind: Kind, sessions: Mapping[str, object]) -> None:
        with closing(open_raw(kind, self.path)) as database:
            for id, session in sessions.items():
                database[id.encode()] = session if isinstance(session, bytes) else pickle.dumps(session)

    def clean(self, shelf: Shelf, age: float = HOUR, dry_run: bool = False, owner: Owner | None = OWNER) -> Any:
        run = ShelfStore(shelf).cleaner(owner, age, dry_run)
        while not run.step(0.02):
            pass
        return run.report()

    def ids(self, shelf: Shelf) -> list[str]:
        return sorted(id for id, _ in ShelfStore(shelf).sessions())

    def state(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.root)): "" if path.suffix in (".lock", ".setup") else path.read_bytes().hex()
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }


def as_shelve(kind: Kind, path: Path) -> shelve.Shelf[Any]:
    return shelve.Shelf(open_raw(kind, path))
