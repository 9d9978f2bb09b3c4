"""
dbm.dumb, in its own format: an index of lines `'key', (position, size)` in `.dir`, the values in `.dat`. The module
itself writes the whole index anew for each deleted key (a minute for 20,000), and loses all of it when killed then.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import StoreError
from ..files import write_whole

_BLOCK = 512


class DumbTable:
    def __init__(self, path: Path) -> None:
        self._index_path = path.with_name(path.name + ".dir")
        self._values_path = path.with_name(path.name + ".dat")
        self._values = open(self._values_path, "r+b")
        self._lines = open(self._index_path, "r+", encoding="latin-1")
        self._index: dict[bytes, tuple[int, int]] = {}
        for line in self._lines:
            if line.strip():
                key, place = self._parsed(line)
                self._index[key] = place

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

    def delete(self, keys: Iterable[bytes]) -> None:
        count = len(self._index)
        for key in keys:
            self._index.pop(key, None)
        if len(self._index) < count:
            mode = os.fstat(self._lines.fileno()).st_mode & 0o7777
            write_whole(self._index_path, "".join(map(self._line, self._index)).encode("latin-1"), mode)

    def _line(self, key: bytes) -> str:
        return f"{key.decode('latin-1')!r}, {self._index[key]!r}\n"

    def close(self) -> None:
        self._values.close()
        self._lines.close()
