"""Deletes old sessions in slices; between two slices the shelf is closed and any program may use it."""

from __future__ import annotations

import time
from typing import Any

from .. import files
from ..errors import NoRoom, StoreChanged, StoreError
from ..locks import Lease, has_open
from ..pickles.stamp import age_stamp
from ..counts import CleanupCounts
from .access import InUse, Mode, Shelf, exclusively_opened, opened
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
        self, shelf: Shelf, kind: Kind, mode: Mode, counts: CleanupCounts, local: bool, mark: tuple[int, ...] | None
    ) -> None:
        self._shelf, self._kind, self._mode, self._counts = shelf, kind, mode, counts
        self._mark = mark
        self._identity: tuple[int, int] | None = None
        self._reserve, self._is_full = shelf.reserve(kind), False
        self._again: list[bytes] = []
        self._unconfirmed: set[bytes] = set()
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
        if not self._counts.dry_run:
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
        way_in = exclusively_opened if self._mode == "Exclusive" else opened
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

    def progress(self) -> dict[str, int]:
        return self._counts.progress()

    def report(self) -> dict[str, Any]:
        if (self._is_full or not self._counts.dry_run) and not self._shelf.reserve(self._kind).make():
            self._counts.notes.append(self._reserve.note())
        if self._lease is None or self._lease.is_blind:
            self._counts.notes += _BLIND.get((self._mode, self._kind), [])
        self._counts.exact = self._counts.exact and self._cursor.exact and self._mode == "Exclusive"
        return self._counts.report(self._complete)

    def _slice(self, table: Table, deadline: float) -> bool:
        """Checks some sessions, then deletes the stale ones of them, while no other program can save one."""
        counts = self._counts.new_part()
        seen: list[bytes] = []
        stale: list[bytes] = []
        done = False
        while not done:
            keys = self._next_keys(table)
            seen += keys
            stale += self._stale_of(table, keys, counts)
            # At least one batch, so that a run finishes; then a program that waits for the file gets it.
            if time.monotonic() > deadline or (self._lease and self._lease.wanted):
                break
            done = not keys
        if not counts.dry_run and stale:
            try:
                table.delete(stale)
                if isinstance(table, SqliteTable):
                    table.commit()
            except (StoreError, OSError):
                # All of them are checked again, because they may be saved until then.
                self._again, self._unconfirmed = seen, set(stale)
                raise
            counts.note_deleted(len(stale))
        self._counts.add(counts)
        return done and self._is_last_pass()

    def _next_keys(self, table: Table) -> list[bytes]:
        """Sessions that could not be deleted come first."""
        if not self._again:
            return self._cursor.take(table, _AT_ONCE)
        keys, self._again = self._again[:_AT_ONCE], self._again[_AT_ONCE:]
        return keys

    def _stale_of(self, table: Table, keys: list[bytes], counts: CleanupCounts) -> list[bytes]:
        stale: list[bytes] = []
        for key in keys:
            value = table.get(key)
            if value is None and key in self._unconfirmed:
                # This session was deleted before the others failed.
                counts.deleted += 1
            elif value is not None and counts.is_stale(age_stamp(value)):
                stale.append(key)
            self._unconfirmed.discard(key)
        return stale

    def _is_last_pass(self) -> bool:
        """gdbm moves keys when others are deleted, and may hide some from the walk: then the run walks again."""
        if self._kind != "gnu" or self._counts.deleted == self._deleted_before:
            return True
        self._deleted_before = self._counts.deleted
        self._counts.begin_again()
        self._cursor = cursor_of(self._kind)
        return False
