"""
dbm.dumb, in its own format: an index of lines `'key', (position, size)` in `.dir`, the values in `.dat`. The module
itself writes the whole index again for each deleted key (a minute for 20,000), and loses all of it if killed at that
time.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from .. import files
from ..errors import Busy, StoreError

_BLOCK = 512
_SUPERSEDED = 200
"""Number of replaced lines of the index after which it is written again."""


class DumbTable:
    def __init__(self, path: Path) -> None:
        self._index_path = path.with_name(path.name + ".dir")
        self._values_path = path.with_name(path.name + ".dat")
        try:
            self._values = open(self._values_path, "r+b")
            self._lines = open(self._index_path, "r+b")
        except FileNotFoundError as error:
            # The module itself removes the index before it writes it again.
            raise Busy from error

    @cached_property
    def _index(self) -> dict[bytes, tuple[int, int]]:
        # Read on first use: then no other program may change it any more.
        lines = self._lines.read().split(b"\n")
        # The last line is incomplete: its writer was killed, or the disk was full. No writer was told that it is saved.
        self._end = self._lines.tell() - len(lines.pop())
        self._count = len(lines)
        return dict(self._parsed(line.decode("latin-1")) for line in lines if line.strip())

    def _parsed(self, line: str) -> tuple[bytes, tuple[int, int]]:
        try:
            key, (position, size) = ast.literal_eval(line.rstrip())
            return key.encode("latin-1"), (int(position), int(size))
        except (ValueError, SyntaxError, TypeError, AttributeError, MemoryError, RecursionError) as error:
            raise StoreError(
                "ShapeMismatch", f"Expected {self._index_path} to be an index of dbm.dumb; one of its lines is invalid."
            ) from error

    def keys(self) -> list[bytes]:
        return list(self._index)

    def get(self, key: bytes) -> bytes | None:
        place = self._index.get(key)
        if place is None:
            return None
        self._values.seek(place[0])
        return self._values.read(place[1])

    def put(self, key: bytes, value: bytes) -> None:
        """Writes to unused space, then appends a line: of two lines with one key, the later counts."""
        position = self._free_place(len(value))
        if position > self._values.seek(0, os.SEEK_END):
            self._values.truncate(position)
        self._values.seek(position)
        self._values.write(value)
        self._values.flush()
        self._index[key] = (position, len(value))
        self._lines.seek(self._end)
        self._lines.truncate()
        self._lines.write(self._line(key))
        self._lines.flush()
        self._end, self._count = self._lines.tell(), self._count + 1
        if self._count > 2 * len(self._index) + _SUPERSEDED:
            self._write_index()

    def _free_place(self, size: int) -> int:
        """The first gap between values that is large enough, else the end; never the place of the key's old value."""
        end = 0
        for start, length in sorted(self._index.values()):
            if start - end >= size:
                break
            end = max(end, -(-(start + length) // _BLOCK) * _BLOCK)
        return end

    def require_current(self) -> None:
        """
        Raises Busy if another program has written the index again in the meantime, so that the index in memory is
        outdated.
        """
        if files.inode_of(self._index_path) != os.fstat(self._lines.fileno()).st_ino:
            raise Busy

    def delete(self, keys: Iterable[bytes]) -> None:
        count = len(self._index)
        for key in keys:
            self._index.pop(key, None)
        if len(self._index) < count:
            self._write_index()

    def _write_index(self) -> None:
        self.require_current()
        lines = b"".join(map(self._line, self._index))
        try:
            files.write_whole(self._index_path, lines, like=self._index_path)
        except FileNotFoundError as error:
            raise Busy from error
        self._lines.close()
        self._lines = open(self._index_path, "r+b")
        self._end, self._count = len(lines), len(self._index)

    def _line(self, key: bytes) -> bytes:
        return f"{key.decode('latin-1')!r}, {self._index[key]!r}\n".encode("latin-1")

    def close(self) -> None:
        self._values.close()
        self._lines.close()
