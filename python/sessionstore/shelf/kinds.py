"""Which dbm a file is of, and which files that has."""

from __future__ import annotations

import dbm
from pathlib import Path
from typing import Literal, get_args

from ..errors import StoreError

Kind = Literal["gnu", "ndbm", "dumb", "sqlite3"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_SQLITE = b"SQLite format 3\x00"


def files_of(kind: Kind, path: Path) -> list[Path]:
    """The files of a shelf of that name; the one without which there is none comes first."""
    suffixes = {"gnu": [""], "ndbm": [".db"], "dumb": [".dir", ".dat", ".bak"], "sqlite3": ["", "-wal", "-shm"]}
    return [path.with_name(path.name + suffix) for suffix in suffixes[kind]]


def kind_of(path: Path) -> Kind | None:
    """
    The kind of the shelf of that name; None where there is none. ShapeMismatch where what is there is no dbm. As
    dbm.whichdb, which knows SQLite only from Python 3.13 on.
    """
    try:
        with open(path, "rb") as file:
            if file.read(len(_SQLITE)) == _SQLITE:
                return "sqlite3"
    except FileNotFoundError:
        pass
    found = dbm.whichdb(str(path))
    for kind in KINDS:
        if found == f"dbm.{kind}":
            return kind
    if found is None and not path.exists():
        return None
    raise StoreError(
        "ShapeMismatch", f"Expected {path} to be a dbm file (gnu, ndbm, dumb, sqlite3); found something else."
    )
