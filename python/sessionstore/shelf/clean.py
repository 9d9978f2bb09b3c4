"""Deletes old sessions, in slices: between two of them the shelf is closed and anybody may use it."""

from __future__ import annotations

import time
from typing import Any

from ..locks import Lease
from ..pickles.stamp import age_stamp
from ..report import Tally
from .access import InUse, Mode, Shelf, alone, opened
from .cursors import Cursor, cursor_of
from .kinds import KINDS, Kind
from .tables import Table

_LONGEST_TOLERATED = 0.01
"""Seconds that an application finds its file locked by a slice of ours."""

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
"""What a person should know where the kernel did not tell who has the shelf open."""


class Cleaner:
    """One run over a shelf."""

    def __init__(self, shelf: Shelf, kind: Kind, mode: Mode, tally: Tally, local: bool) -> None:
        self._shelf, self._kind, self._mode, self._tally = shelf, kind, mode, tally
        needs_lease = mode == "Exclusive" or (mode == "Tolerated" and kind == "gnu")
        self._lease = Lease() if needs_lease and local else None
        self._cursor: Cursor = cursor_of(kind)
        self._deleted_before = 0
        self._complete = False

    def step(self, seconds: float) -> bool:
        """Works for about so long; whether that was the last step."""
        if self._mode == "Tolerated":
            # To delete takes as long again.
            seconds = min(seconds, _LONGEST_TOLERATED / 2)
        elif self._mode == "Exclusive":
            # To open ndbm or dumb takes long, and nobody waits; who comes all the same ends the slice.
            seconds = max(seconds, _SHORTEST_ALONE)
        way_in = alone if self._mode == "Exclusive" else opened
        with way_in(self._shelf, self._kind, self._lease) as table:
            self._complete = self._slice(table, time.monotonic() + seconds)
            if self._mode == "Exclusive" and self._lease and self._lease.wanted and not self._complete:
                raise InUse
        return self._complete

    def report(self) -> dict[str, Any]:
        if self._lease is None or self._lease.is_blind:
            self._tally.notes += _BLIND.get((self._mode, self._kind), [])
        self._tally.exact = self._tally.exact and self._cursor.exact and self._mode == "Exclusive"
        return self._tally.report(self._complete)

    def _slice(self, table: Table, deadline: float) -> bool:
        """Looks at some, then deletes the stale ones of them, while nobody else can save one."""
        doomed: list[bytes] = []
        done = False
        while not done:
            keys = self._cursor.take(table, _AT_ONCE)
            values = [(key, table.get(key)) for key in keys]
            doomed += [key for key, value in values if value is not None and self._tally.is_stale(age_stamp(value))]
            # At least one batch, so that a run comes to its end; then whoever waits for the file gets it.
            if time.monotonic() > deadline or (self._lease and self._lease.wanted):
                break
            done = not keys
        if not self._tally.dry_run and doomed:
            table.delete(doomed)
            self._tally.note_deleted(len(doomed))
        return done and self._is_last_pass()

    def _is_last_pass(self) -> bool:
        """gdbm moves keys where others are deleted, and may so hide some from the walk: then it takes another."""
        if self._kind != "gnu" or self._tally.deleted == self._deleted_before:
            return True
        self._deleted_before = self._tally.deleted
        self._tally.begin_again()
        self._cursor = cursor_of(self._kind)
        return False
