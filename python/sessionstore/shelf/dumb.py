"""
dbm.dumb, in its own format: an index of lines `'key', (position, size)` in `.dir`, the values in `.dat`. The module
itself writes the whole index anew for each deleted key (a minute for 20,000), and loses all of it when killed then.
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


class DumbTable:
    def __init__(self, path: Path) -> None:
        self._index_path = path.with_name(path.name + ".dir")
        self._values_path = path.with_name(path.name + ".dat")
        try:
            self._values = open(self._values_path, "r+b")
            self._lines = open(self._index_path, "r+", encoding="latin-1")
        except FileNotFoundError as error:
            # The module itself takes the index away before it writes it anew.
            raise Busy from error

    @cached_property
    def _index(self) -> dict[bytes, tuple[int, int]]:
        # Read when it is first needed: by then nobody else may change it.
        return dict(self._parsed(line) for line in self._lines if line.strip())

    def _parsed(self, line: str) -> tuple[bytes, tuple[int, int]]:
        try:
            key, (position, size) = ast.literal_eval(line.rstrip())
            return key.encode("latin-1"), (int(position), int(size))
        except (ValueError, SyntaxError, TypeError, AttributeError, MemoryError, RecursionError) as error:
            raise StoreError(
                "ShapeMismatch", f"Expected {self._index_path} to be an index of dbm.dumb; a line of it is none."
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
        """Appends value and line: of two lines with one key, the later counts."""
        position = -(-self._values.seek(0, os.SEEK_END) // _BLOCK) * _BLOCK
        self._values.truncate(position)
        self._values.seek(position)
        self._values.write(value)
        self._values.flush()
        self._index[key] = (position, len(value))
        self._lines.seek(0, os.SEEK_END)
        self._lines.write(self._line(key))
        self._lines.flush()

    def require_current(self) -> None:
        """Busy where a program has written the index anew meanwhile: what was read of it is old."""
        if files.inode_of(self._index_path) != os.fstat(self._lines.fileno()).st_ino:
            raise Busy

    def delete(self, keys: Iterable[bytes]) -> None:
        count = len(self._index)
        for key in keys:
            self._index.pop(key, None)
        if len(self._index) < count:
            self.require_current()
            lines = "".join(map(self._line, self._index)).encode("latin-1")
            files.write_whole(self._index_path, lines, like=self._index_path)
            self._lines.close()
            self._lines = open(self._index_path, "r+", encoding="latin-1")

    def _line(self, key: bytes) -> str:
        return f"{key.decode('latin-1')!r}, {self._index[key]!r}\n"

    def close(self) -> None:
        self._values.close()
        self._lines.close()
