"""
dbm.gnu extends its file before it records the new length in the header. A program that is killed in between leaves a
file that gdbm opens but treats as empty; Python's module reports it as empty.
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
"""Position of the file's length in the header, in the machine's own byte order."""


def is_cut_off(beginning: bytes, size: int) -> bool:
    """
    True if a gdbm file is longer than its header says. Valid only while no program writes it, because a writer causes
    that for an instant.
    """
    return len(beginning) >= _PLACE + _LENGTH.size and _LENGTH.unpack_from(beginning, _PLACE)[0] < size


def recover(path: Path, copy: Path, new: Path) -> None:
    """
    Writes all entries of the file into a new one, which replaces it in one step; the other two paths are free for that.
    A program that has opened the old file cannot save a session in it that would be lost.
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
        files.copy_owner_and_mode(file.fileno(), path)
        os.fsync(file.fileno())
    if files.identity_of(path) != identity:
        # Another program has put a new shelf there: it must not be replaced by the entries of this one.
        raise StoreChanged(str(path))
    files.rename(new, path)
    files.remove(copy)
