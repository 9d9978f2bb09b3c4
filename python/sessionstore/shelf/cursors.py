"""The position of a walk over a shelf's keys, while the shelf is closed in between and other programs change it."""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

from .kinds import Kind
from .tables import HashTable, SqliteTable, Table


class Cursor(Protocol):
    exact: bool
    """True if each key was seen once."""

    def take(self, table: Table, count: int) -> list[bytes]:
        """The next keys; empty at the end."""


class Snapshot:
    """
    For ndbm and dumb, which give all keys at once or none: a list of keys. Keys that are added later belong to young
    sessions.
    """

    exact = True

    def __init__(self) -> None:
        self._left: list[bytes] | None = None

    def take(self, table: Table, count: int) -> list[bytes]:
        if self._left is None:
            self._left = table.keys()
        taken = self._left[-count:]
        del self._left[-count:]
        return taken


class GnuWalk:
    """
    gdbm goes from key to key. The key to continue from may be deleted while the shelf is closed: the walk then goes
    back to the last key that still exists, or starts again.
    """

    def __init__(self) -> None:
        self.exact = True
        self._next: bytes | None = None
        self._trail: deque[bytes] = deque(maxlen=64)
        self._ended = False

    def take(self, table: Table, count: int) -> list[bytes]:
        assert isinstance(table, HashTable)
        database: Any = table.database
        if self._ended:
            return []
        key = self._start(database)
        if key is None:
            # Empty, or unreadable.
            return table.sound_keys()
        taken: list[bytes] = []
        while key is not None and len(taken) < count:
            taken.append(key)
            self._trail.append(key)
            key = database.nextkey(key)
        self._next, self._ended = key, key is None
        return taken

    def _start(self, database: Any) -> bytes | None:
        if self._next is not None and self._next in database:
            return self._next
        if self._next is not None:
            self.exact = False
        while self._trail:
            key = self._trail.pop()
            if key in database:
                return key
        found: bytes | None = database.firstkey()
        return found


class SqliteWalk:
    """In the order of the keys."""

    exact = True

    def __init__(self) -> None:
        self._last: bytes | None = None

    def take(self, table: Table, count: int) -> list[bytes]:
        assert isinstance(table, SqliteTable)
        taken = table.after(self._last, count)
        self._last = taken[-1] if taken else self._last
        return taken


def cursor_of(kind: Kind) -> Cursor:
    if kind == "gnu":
        return GnuWalk()
    return SqliteWalk() if kind == "sqlite3" else Snapshot()
