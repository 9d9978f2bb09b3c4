"""The four kinds of dbm under one interface. A table is open for one short piece of work at a time."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from .. import files
from ..errors import Busy, NoRoom, StoreError
from .dumb import DumbTable
from .kinds import Kind


class Table(Protocol):
    def keys(self) -> list[bytes]: ...
    def get(self, key: bytes) -> bytes | None: ...
    def put(self, key: bytes, value: bytes) -> None: ...
    def delete(self, keys: Iterable[bytes]) -> None: ...
    def close(self) -> None: ...


class HashTable:
    """dbm.gnu or dbm.ndbm."""

    def __init__(self, database: Any) -> None:
        self.database = database

    def keys(self) -> list[bytes]:
        return list(self.database.keys())

    def sound_keys(self) -> list[bytes]:
        """
        All keys, or ShapeMismatch: if gdbm finds its file broken, Python's module reports that there are no more keys.
        """
        try:
            keys, count = self.keys(), len(self.database)
        except Exception as error:
            raise _unusable("gnu", error) from error
        if len(keys) != count:
            raise _unusable("gnu", f"{len(keys)} keys of {count}")
        return keys

    def get(self, key: bytes) -> bytes | None:
        found: bytes | None = self.database.get(key)
        return found

    def put(self, key: bytes, value: bytes) -> None:
        with _writing():
            self.database[key] = value

    def delete(self, keys: Iterable[bytes]) -> None:
        with _writing():
            for key in keys:
                if key in self.database:
                    del self.database[key]

    def close(self) -> None:
        self.database.close()


class SqliteTable:
    """The file of dbm.sqlite3, which Python has since 3.13; the format is SQLite's own."""

    def __init__(self, path: Path) -> None:
        self._folder = path.absolute().parent
        self.connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", timeout=1, isolation_level=None, uri=True)

    def keys(self) -> list[bytes]:
        return [bytes(key) for (key,) in self._all("SELECT key FROM Dict")]

    def after(self, key: bytes | None, count: int) -> list[bytes]:
        """The next keys in order."""
        where, arguments = ("", []) if key is None else ("WHERE key > ?", [key])
        return [bytes(k) for (k,) in self._all(f"SELECT key FROM Dict {where} ORDER BY key LIMIT {count:d}", arguments)]

    def get(self, key: bytes) -> bytes | None:
        found = self._all("SELECT value FROM Dict WHERE key = ?", [key])
        return bytes(found[0][0]) if found else None

    def put(self, key: bytes, value: bytes) -> None:
        self._all("REPLACE INTO Dict (key, value) VALUES (?, ?)", [key, value])

    def begin(self) -> None:
        """No other program writes until the end: the sessions that were read are unchanged when they are deleted."""
        self._all("BEGIN IMMEDIATE")

    def commit(self) -> None:
        if self.connection.in_transaction:
            self._all("COMMIT")

    def delete(self, keys: Iterable[bytes]) -> None:
        for key in keys:
            self._all("DELETE FROM Dict WHERE key = ?", [key])

    def close(self) -> None:
        self.connection.close()

    def _all(self, statement: str, arguments: list[bytes] | None = None) -> list[tuple[Any, ...]]:
        try:
            return self.connection.execute(statement, arguments or []).fetchall()
        except sqlite3.OperationalError as error:
            code = error.sqlite_errorcode & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise Busy from error
            if code == sqlite3.SQLITE_CANTOPEN and not os.access(self._folder, os.W_OK):
                raise _unwritable(self._folder) from error
            if code in _FAILING:
                raise _failing("sqlite3", _phrase(error)) from error
            if code == sqlite3.SQLITE_READONLY:
                raise StoreError("ReadOnly", "Expected to write to dbm.sqlite3; it is read-only for this user.") from error
            raise _unusable("sqlite3", error) from error
        except sqlite3.DatabaseError as error:
            raise _unusable("sqlite3", error) from error


def open_table(kind: Kind, path: Path, locked: bool = True) -> Table:
    """
    Opens an existing shelf for reading and writing; gnu without its lock if the caller has a better one. Busy if it is
    locked; UnsupportedServer without the module.
    """
    if kind == "sqlite3":
        return SqliteTable(path)
    if kind == "dumb":
        return DumbTable(path)
    return HashTable(_opened(kind, path, "w" if locked or kind != "gnu" else "wu"))


def create(kind: Kind, path: Path) -> None:
    """Creates an empty shelf if it is missing."""
    if kind == "sqlite3":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS Dict (key BLOB UNIQUE NOT NULL, value BLOB NOT NULL)")
            connection.commit()
    elif kind == "dumb":
        for suffix in (".dat", ".dir"):
            path.with_name(path.name + suffix).touch()
    else:
        _opened(kind, path, "c").close()


def _opened(kind: Kind, path: Path, flag: str) -> Any:
    import importlib

    try:
        module: Any = importlib.import_module(f"dbm.{kind}")
    except ImportError as error:
        raise StoreError(
            "UnsupportedServer",
            f"Expected a Python with dbm.{kind}, as the shelf is of that kind; this one has none. Use the runner's "
            "image for shelve, or choose another kind.",
        ) from error
    try:
        return module.open(str(path), flag)
    except module.error as error:
        if error.args and error.args[0] == 11:
            raise Busy from error
        if isinstance(error.args[0] if error.args else None, int) and error.args[0] > 0:
            raise OSError(error.args[0], str(error), str(path)) from error
        raise _unusable(kind, error) from error


_FAILING = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM)
"""Errors of the file system, not of the file: SQLite rolls back. Without room it cannot open its log."""


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # gdbm does not report the errno: `File write error`.
        if files.is_full(error) or str(error).startswith("File "):
            raise _failing("gnu or dbm.ndbm", _phrase(error)) from error
        raise


def _unwritable(folder: Path) -> StoreError:
    return StoreError(
        "VolumeUnusable",
        f"Expected to make SQLite's log in {folder} as uid {os.geteuid()}, gid {os.getegid()}, which may not write there. Run "
        "as the files' owner: set pod.securityContext.runAsUser.",
    )


def _failing(kind: str, found: str) -> NoRoom:
    return NoRoom(
        f"Expected to write to dbm.{kind}; found: {found}. Make room on the volume where it is full, and look at it where it is not.",
        found,
    )


def _unusable(kind: Kind, found: Exception | str) -> StoreError:
    what = found if isinstance(found, str) else _phrase(found)
    return StoreError("ShapeMismatch", f"Expected a sound file of dbm.{kind}; found: {what}. Restore it from a backup.")


def _phrase(error: Exception) -> str:
    """
    The text of gdbm or SQLite, which are fixed phrases; of any other error only its kind, because it may quote a key.
    """
    text = str(error)
    is_phrase = isinstance(error, (OSError, sqlite3.Error)) and re.fullmatch(r"[A-Za-z:,. ']{1,80}", text)
    return text if is_phrase else type(error).__name__
