"""Access to a shelf: the only place that opens it."""

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
Locked: all programs take the lock file. Exclusive: no other process has the file open. Tolerated: an application has it
open, and the file's own lock keeps the two apart.
"""

TIMEOUT = 30.0

_LOG = 384 << 10
"""More than SQLite's log and its index, or gdbm's file, grow in a slice."""


@dataclass(frozen=True)
class Shelf:
    """Location and use of a shelf."""

    path: Path
    """The path as the application names it: the files of some kinds have an additional suffix."""
    root: Path
    """The folder that the path can never leave: the volume."""
    kind: Kind = "gnu"
    """Kind of a new shelf."""
    form: Form = "Session3"
    while_in_use: Literal["Refuse", "Tolerate"] = "Refuse"
    colocated: bool = False
    """True if every process that uses the shelf is on this node."""

    def beside(self, suffix: str) -> Path:
        """A file of this project beside the shelf."""
        return self.path.with_name(f".sessionstore-{self.path.name}.{suffix}")

    def reserve(self, kind: Kind) -> Reserve:
        """Space that a deletion needs: dbm.dumb writes its whole index again, the others a log or a little more."""
        index = files.size_of(files_of(kind, self.path)[0]) if kind == "dumb" else 0
        return Reserve(self.path.with_name(f".sessionstore-{self.path.name}"), index + _LOG)

    @property
    def mark(self) -> Path:
        return self.beside("json")

    @property
    def lock(self) -> Path:
        return self.beside("lock")


def mode_of(shelf: Shelf, kind: Kind, form: Form, local: bool) -> Mode:
    """The way in which clean-up may use the shelf; UnsupportedServer, with the required change, if it may not."""
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
            f"saved meanwhile would be lost. No session was deleted. {way_out}",
        )
    if kind == "sqlite3" and not local and not shelf.colocated:
        raise StoreError(
            "UnsupportedServer",
            "Expected a dbm.sqlite3 shelf in use to be on one node's own file system; this one may be used from "
            f"several, where SQLite's lock does not reach. No session was deleted. Set colocateWith. {way_out}",
        )
    return "Tolerated"


def is_on_one_node(shelf: Shelf) -> bool:
    return is_local(shelf.path.parent.resolve())


class InUse(Exception):
    """Another process of this node has the shelf open."""


@contextmanager
def opened(
    shelf: Shelf, kind: Kind, lease: Lease | None = None, exclusive: bool = False, timeout: float = TIMEOUT
) -> Iterator[Table]:
    """
    The table, exclusively among the programs that take the lock file. With a lease, any other program that comes in the
    meantime waits; `exclusive`: InUse if one already has it open. LockTimeout if it stays locked.
    """
    with lock_file(shelf.lock, timeout):
        found: list[Table] = []

        def try_once() -> bool:
            try:
                found.append(_opened(shelf, kind, lease, exclusive))
            except Busy:
                return False
            return True

        if not attempt(try_once, timeout):
            raise StoreError(
                "LockTimeout",
                f"Expected to open {shelf.path} within {timeout:g} s; another program has it all the time.",
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
        # The shelf's own lock would make another program fail; the lease makes it wait.
        table = _leased(shelf, kind, lease, InUse if exclusive else Busy)
        if table:
            return table
    if lease and exclusive and kind == "ndbm":
        return _leased(shelf, kind, lease, InUse) or open_table(kind, shelf.path)
    table = open_table(kind, shelf.path)
    try:
        if kind == "gnu" and is_cut_off(beginning_of(shelf.path), shelf.path.stat().st_size):
            recover(shelf.path, shelf.beside("new-copy"), shelf.beside("new-whole"))
            # The open file is the old one.
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
    """The table of gnu or ndbm, with a lease; None if another way is needed."""
    paths = files_of(kind, shelf.path)
    before = beginning_of(paths[0])
    table = open_table(kind, shelf.path, locked=False)
    try:
        granted = lease.take(paths)
        if granted is False:
            raise in_use
        # The header that was read on opening, before the lease, must still be the same: both kinds keep it there.
        if granted and lease.beginning() != before:
            raise Busy
    except BaseException:
        table.close()
        raise
    # Recovery has to open the file again, which the lease would block: the file's own lock is enough.
    if granted is None or (kind == "gnu" and is_cut_off(before, paths[0].stat().st_size)):
        table.close()
        return None
    return table


@contextmanager
def exclusively_opened(shelf: Shelf, kind: Kind, lease: Lease | None) -> Iterator[Table]:
    """The table, while no other program of this node has it open; LockTimeout if one has."""
    try:
        with opened(shelf, kind, lease, exclusive=True) as table:
            yield table
    except InUse:
        raise StoreError(
            "LockTimeout",
            f"Expected no other process to have {shelf.path} open, as whileInUse is Refuse; a program of this node has. Run "
            "this while the application is scaled down.",
        ) from None
