"""Who may use a shelf when: the one place that opens it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .. import files
from ..errors import Busy, StoreError
from ..locks import Lease, attempt, beginning_of, is_local, lock_file
from ..marks import Form
from ..reserve import Reserve
from .dumb import DumbTable
from .kinds import Kind, files_of
from .recovery import is_cut_off, recover
from .tables import SqliteTable, Table, open_table

Mode = Literal["Locked", "Exclusive", "Tolerated"]
"""
Locked: all programs take the lock file. Exclusive: nobody has the file open. Tolerated: an application has, and the
file's own lock keeps both apart.
"""

PATIENCE = 30.0

_LOG = 384 << 10
"""More than SQLite's log and its index grow to in a slice, or gdbm's file."""


@dataclass(frozen=True)
class Shelf:
    """Where a shelf is, and how it is used."""

    path: Path
    """As the application names it: the files of some kinds have a suffix besides."""
    root: Path
    """The folder it cannot be outside of: the volume."""
    kind: Kind = "gnu"
    """What set-up makes."""
    form: Form = "Session3"
    while_in_use: Literal["Refuse", "Tolerate"] = "Refuse"
    colocated: bool = False
    """Whether whoever uses it is on this node."""

    def beside(self, suffix: str) -> Path:
        """A file of this project's, beside the shelf."""
        return self.path.with_name(f".sessionstore-{self.path.name}.{suffix}")

    def reserve(self, kind: Kind) -> Reserve:
        """What it takes to delete: dbm.dumb writes its whole index anew, the others a log or a little more."""
        index = files.size_of(files_of(kind, self.path)[0]) if kind == "dumb" else 0
        return Reserve(self.path.with_name(f".sessionstore-{self.path.name}"), index + _LOG)

    @property
    def mark(self) -> Path:
        return self.beside("json")

    @property
    def lock(self) -> Path:
        return self.beside("lock")


def mode_of(shelf: Shelf, kind: Kind, form: Form, local: bool) -> Mode:
    """How clean-up may use it; UnsupportedServer where it may not, with what would have to change."""
    if form == "Safe":
        return "Locked"
    if shelf.while_in_use == "Refuse":
        return "Exclusive"
    way_out = (
        "Leave whileInUse out, so that it is cleaned while no pod mounts the claim, or move the application to "
        "sessionstore's class (form: Safe), which can be cleaned at any time."
    )
    if kind in ("ndbm", "dumb"):
        raise StoreError(
            "UnsupportedServer",
            f"Expected a shelf that can be cleaned while it is in use; dbm.{kind} has no lock, so sessions that are "
            f"saved meanwhile would be lost. Nothing was deleted. {way_out}",
        )
    if kind == "sqlite3" and not local and not shelf.colocated:
        raise StoreError(
            "UnsupportedServer",
            "Expected a dbm.sqlite3 shelf in use to be on one node's own file system; this one may be used from "
            f"several, where SQLite's lock does not reach. Nothing was deleted. Set colocateWith. {way_out}",
        )
    return "Tolerated"


def is_on_one_node(shelf: Shelf) -> bool:
    return is_local(shelf.path.parent.resolve())


class InUse(Exception):
    """Another process of this node has the shelf open."""


@contextmanager
def opened(
    shelf: Shelf, kind: Kind, lease: Lease | None = None, exclusive: bool = False, patience: float = PATIENCE
) -> Iterator[Table]:
    """
    The table, alone among the programs that take the lock file. With a lease, any other that comes meanwhile waits;
    `exclusive`: InUse where one has it open already. LockTimeout where it stays locked.
    """
    with lock_file(shelf.lock, patience):
        found: list[Table] = []

        def try_once() -> bool:
            try:
                found.append(_opened(shelf, kind, lease, exclusive))
            except Busy:
                return False
            return True

        if not attempt(try_once, patience):
            raise StoreError(
                "LockTimeout",
                f"Expected to open {shelf.path} within {patience:g} s; another program has it all the time.",
            )
        table = found[0]
        try:
            yield table
            if isinstance(table, SqliteTable):
                table.commit()
        finally:
            table.close()


def _opened(shelf: Shelf, kind: Kind, lease: Lease | None, exclusive: bool) -> Table:
    if lease and kind == "gnu":
        # Its own lock would make a program that comes meanwhile fail; the lease makes it wait.
        table = _leased(shelf, kind, lease, InUse if exclusive else Busy)
        if table:
            return table
    if lease and exclusive and kind == "ndbm":
        return _leased(shelf, kind, lease, InUse) or open_table(kind, shelf.path)
    table = open_table(kind, shelf.path)
    try:
        if kind == "gnu" and is_cut_off(beginning_of(shelf.path), shelf.path.stat().st_size):
            recover(shelf.path, shelf.beside("new-copy"), shelf.beside("new-whole"))
            # What is open is the old one.
            raise Busy
        if isinstance(table, SqliteTable):
            table.begin()
        if exclusive and lease and kind != "gnu" and lease.take(files_of(kind, shelf.path)) is False:
            raise InUse
        if isinstance(table, DumbTable):
            table.require_current()
    except BaseException:
        table.close()
        raise
    return table


def _leased(shelf: Shelf, kind: Kind, lease: Lease, in_use: type[Exception]) -> Table | None:
    """The table of gnu or ndbm, with a lease; None where there has to be another way."""
    paths = files_of(kind, shelf.path)
    before = beginning_of(paths[0])
    table = open_table(kind, shelf.path, locked=False)
    try:
        told = lease.take(paths)
        if told is False:
            raise in_use
        # What was read of it as it was opened, before the lease, must still be so: both keep their header there.
        if told and lease.beginning() != before:
            raise Busy
    except BaseException:
        table.close()
        raise
    # To recover it takes opening it again, which the lease would keep waiting: its own lock serves.
    if told is None or (kind == "gnu" and is_cut_off(before, paths[0].stat().st_size)):
        table.close()
        return None
    return table


@contextmanager
def alone(shelf: Shelf, kind: Kind, lease: Lease | None) -> Iterator[Table]:
    """The table, while no other program of this node has it open; LockTimeout where one has."""
    try:
        with opened(shelf, kind, lease, exclusive=True) as table:
            yield table
    except InUse:
        raise StoreError(
            "LockTimeout",
            f"Expected nobody to have {shelf.path} open, as whileInUse is Refuse; a program of this node has. Run "
            "this while the application is scaled down.",
        ) from None
