"""Deletes old sessions in slices; between two slices the shelf is closed and any program may use it."""

from __future__ import annotations

import time
from typing import Any

from .. import files
from ..errors import NoRoom, StoreChanged, StoreError
from ..locks import Lease, has_open
from ..pickles.stamp import age_stamp
from ..report import Tally
from .access import InUse, Mode, Shelf, alone, opened
from .cursors import Cursor, cursor_of
from .kinds import KINDS, Kind, files_of
from .tables import SqliteTable, Table

_LONGEST_TOLERATED = 0.01
"""Seconds for which an application finds its file locked by a slice."""

_SHORTEST_ALONE = 0.5

_AT_ONCE = 16

_UNSEEN = (
    "Whether a program had the shelf open could not be told, as this run is not the files' owner or another node may "
    "have them: that no pod mounts the claim is all there is to go by."
)
_FAILING = (
    "Requests that came while a slice was cleaned failed instead of waiting, as this run is not the file's owner or it "
    "is on no node's own file system: set pod.securityContext.runAsUser."
)
_BLIND: dict[tuple[Mode, Kind], list[str]] = {
    ("Tolerated", "gnu"): [_FAILING],
    **{("Exclusive", kind): [_UNSEEN] for kind in KINDS},
}
"""Note for the user if the kernel did not report the processes that have the shelf open."""


class Cleaner:
    """One run over a shelf."""

    def __init__(
        self, shelf: Shelf, kind: Kind, mode: Mode, tally: Tally, local: bool, mark: tuple[int, ...] | None
    ) -> None:
        self._shelf, self._kind, self._mode, self._tally = shelf, kind, mode, tally
        self._mark = mark
        self._identity: tuple[int, int] | None = None
        self._reserve, self._is_full = shelf.reserve(kind), False
        self._again: list[bytes] = []
        self._doomed: set[bytes] = set()
        needs_lease = mode == "Exclusive" or (mode == "Tolerated" and kind == "gnu")
        self._lease = Lease() if needs_lease and local else None
        self._cursor: Cursor = cursor_of(kind)
        self._deleted_before = 0
        self._complete = False

    def step(self, seconds: float) -> bool:
        """Works for about this many seconds; returns True if that was the last step."""
        if self._mode == "Tolerated":
            # Deleting takes as long again.
            seconds = min(seconds, _LONGEST_TOLERATED / 2)
        elif self._mode == "Exclusive":
            # Opening ndbm or dumb takes long, and no program waits; a program that does come ends the slice.
            seconds = max(seconds, _SHORTEST_ALONE)
        if not self._tally.dry_run:
            self._reserve.give_up_if_full()
        try:
            return self._in_slice(seconds)
        except NoRoom as error:
            self._is_full = True
            if not self._reserve.give_up():
                raise self._reserve.too_little(str(self._shelf.path), error) from error
        try:
            return self._in_slice(seconds)
        except NoRoom as error:
            raise self._reserve.too_little(str(self._shelf.path), error) from error

    def _in_slice(self, seconds: float) -> bool:
        way_in = alone if self._mode == "Exclusive" else opened
        try:
            with way_in(self._shelf, self._kind, self._lease) as table:
                self._require_unchanged()
                self._complete = self._slice(table, time.monotonic() + seconds)
                if self._mode == "Exclusive" and self._lease and self._lease.wanted and not self._complete:
                    raise InUse
        except OSError as error:
            raise files.store_error(error) from error
        return self._complete

    def _require_unchanged(self) -> None:
        """Raises StoreChanged if the open file, or the mark beside it, differs from the start of the run."""
        # For dumb the file of values: the index is written again each time.
        main = files_of(self._kind, self._shelf.path)[1 if self._kind == "dumb" else 0]
        found = files.identity_of(main)
        self._identity = self._identity or found
        if self._identity is None or found != self._identity or not has_open(self._identity):
            raise StoreChanged(str(main))
        if self._mark and files.version_of(self._shelf.mark) != self._mark:
            raise StoreChanged(str(self._shelf.mark))

    def report(self) -> dict[str, Any]:
        if (self._is_full or not self._tally.dry_run) and not self._shelf.reserve(self._kind).make():
            self._tally.notes.append(self._reserve.note())
        if self._lease is None or self._lease.is_blind:
            self._tally.notes += _BLIND.get((self._mode, self._kind), [])
        self._tally.exact = self._tally.exact and self._cursor.exact and self._mode == "Exclusive"
        return self._tally.report(self._complete)

    def _slice(self, table: Table, deadline: float) -> bool:
        """Checks some sessions, then deletes the stale ones of them, while no other program can save one."""
        tally = self._tally.apart()
        seen: list[bytes] = []
        doomed: list[bytes] = []
        done = False
        while not done:
            keys = self._next_keys(table)
            seen += keys
            doomed += self._stale_of(table, keys, tally)
            # At least one batch, so that a run finishes; then a program that waits for the file gets it.
            if time.monotonic() > deadline or (self._lease and self._lease.wanted):
                break
            done = not keys
        if not tally.dry_run and doomed:
            try:
                table.delete(doomed)
                if isinstance(table, SqliteTable):
                    table.commit()
            except (StoreError, OSError):
                # All of them are checked again, because they may be saved until then.
                self._again, self._doomed = seen, set(doomed)
                raise
            tally.note_deleted(len(doomed))
        self._tally.add(tally)
        return done and self._is_last_pass()

    def _next_keys(self, table: Table) -> list[bytes]:
        """Sessions that could not be deleted come first."""
        if not self._again:
            return self._cursor.take(table, _AT_ONCE)
        keys, self._again = self._again[:_AT_ONCE], self._again[_AT_ONCE:]
        return keys

    def _stale_of(self, table: Table, keys: list[bytes], tally: Tally) -> list[bytes]:
        stale: list[bytes] = []
        for key in keys:
            value = table.get(key)
            if value is None and key in self._doomed:
                # This session was deleted before the others failed.
                tally.deleted += 1
            elif value is not None and tally.is_stale(age_stamp(value)):
                stale.append(key)
            self._doomed.discard(key)
        return stale

    def _is_last_pass(self) -> bool:
        """gdbm moves keys when others are deleted, and may hide some from the walk: then the run walks again."""
        if self._kind != "gnu" or self._tally.deleted == self._deleted_before:
            return True
        self._deleted_before = self._tally.deleted
        self._tally.begin_again()
        self._cursor = cursor_of(self._kind)
        return False
