"""The kind of dbm of a file, and the files of each kind."""

from __future__ import annotations

import dbm
from pathlib import Path
from typing import Literal, get_args

from .. import files
from ..errors import StoreError

Kind = Literal["gnu", "ndbm", "dumb", "sqlite3"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_SQLITE = b"SQLite format 3\x00"
_SUFFIXES: dict[Kind, list[str]] = {
    "gnu": [""],
    "ndbm": [".db"],
    "dumb": [".dir", ".dat", ".bak"],
    "sqlite3": ["", "-wal", "-shm"],
}


def files_of(kind: Kind, path: Path) -> list[Path]:
    """The files of a shelf with that name; the one without which there is no shelf comes first."""
    return [path.with_name(path.name + suffix) for suffix in _SUFFIXES[kind]]


def kind_of(path: Path) -> Kind | None:
    """
    The kind of the shelf with that name; None if there is no shelf. ShapeMismatch if the file is not a dbm, PathInvalid
    if it is a symbolic link. As dbm.whichdb, which knows SQLite only since Python 3.13.
    """
    for kind in KINDS:
        for file_path in files_of(kind, path):
            files.inode_of(file_path)
    try:
        with open(path, "rb") as file:
            if file.read(len(_SQLITE)) == _SQLITE:
                return "sqlite3"
    except FileNotFoundError:
        pass
    found = dbm.whichdb(str(path))
    if found == "dbm.ndbm" and not files_of("ndbm", path)[0].exists():
        raise StoreError(
            "UnsupportedServer",
            f"Expected a dbm.ndbm shelf in one file of Berkeley DB, {path}.db; found {path}.pag, which is another "
            "library's. Let the application make one of another kind.",
        )
    for kind in KINDS:
        if found == f"dbm.{kind}":
            return kind
    if found is None and not path.exists():
        return None
    raise StoreError(
        "ShapeMismatch", f"Expected {path} to be a dbm file (gnu, ndbm, dumb, sqlite3); found something else."
    )


def require_absent(path: Path) -> None:
    """
    Raises LockTimeout if half of a shelf exists: dbm.dumb removes its index to write it again, and may have restored it
    since.
    """
    try:
        size = files_of("dumb", path)[1].stat().st_size
    except FileNotFoundError:
        return
    # An empty file may be left from creating a shelf.
    if size > 0:
        raise StoreError(
            "LockTimeout",
            f"Expected {path}.dat of dbm.dumb to have its index; found no {path.name}.dir: a program is just writing it, "
            f"or was killed as it did. Try again; if it stays so, make {path.name}.bak the .dir.",
        )
