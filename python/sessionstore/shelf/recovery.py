"""
dbm.gnu makes its file longer before it says in the header that it has. A program that is killed in between leaves a
file that gdbm opens, and then denies to hold anything; Python's module tells that as an empty one.
"""

from __future__ import annotations

import os
import shutil
import struct
from contextlib import closing
from pathlib import Path

from .. import files
from ..errors import StoreChanged, StoreError
from . import tables

_LENGTH = struct.Struct("=q")
_PLACE = 32
"""Where the header says how long the file is, which has the machine's own byte order."""


def is_cut_off(beginning: bytes, size: int) -> bool:
    """Whether a file of gdbm is longer than it says. Of one that nobody is writing: else that is so for an instant."""
    return len(beginning) >= _PLACE + _LENGTH.size and _LENGTH.unpack_from(beginning, _PLACE)[0] < size


def recover(path: Path, copy: Path, new: Path) -> None:
    """
    Writes all that the file holds into a new one, which takes its place in one step; the other two paths are free for
    that. Whoever opened the old one meanwhile can save nothing in it that would be lost.
    """
    identity = files.identity_of(path)
    for leftover in (copy, new):
        files.remove(leftover)
    shutil.copyfile(path, copy)
    with open(copy, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(_PLACE)
        file.write(_LENGTH.pack(size))
    tables.create("gnu", new)
    with closing(tables.open_table("gnu", copy)) as old, closing(tables.open_table("gnu", new)) as whole:
        assert isinstance(old, tables.HashTable)
        for key in old.sound_keys():
            value = old.get(key)
            if value is None:
                raise StoreError("ShapeMismatch", f"Expected {path} to be recoverable; restore it from a backup.")
            whole.put(key, value)
    with open(new, "r+b") as file:
        files.take_after(file.fileno(), path)
        os.fsync(file.fileno())
    if files.identity_of(path) != identity:
        # Somebody has put another shelf there: it must not be replaced by what was found in this one.
        raise StoreChanged(str(path))
    files.rename(new, path)
    files.remove(copy)
