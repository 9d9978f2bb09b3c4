"""Deletes old sessions: of session3's form all in one commit, of the safe form part by part."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .. import files
from ..errors import NoRoom
from ..counts import CleanupCounts
from .database import Database, Transaction
from .forms import Sessions

_NOT_PACKED = (
    "The space of what was deleted was not given back: packing writes what stays into a new file, for which the volume has "
    "no room."
)


class Cleaner:
    """One run over a storage."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        counts: CleanupCounts,
        pack: bool,
        require_mark: Callable[[Transaction], None],
    ) -> None:
        self._database, self._sessions, self._counts = database, sessions, counts
        self._require_mark = require_mark
        self._pack = pack and not counts.dry_run
        self._left = sessions.parts()
        # One commit sees all sessions at once; between several, other clients may write.
        counts.exact = not database.is_server or len(self._left) == 1

    def step(self, seconds: float) -> bool:
        """Works for about this many seconds, but at least one commit; returns True if that was the last step."""
        deadline = time.monotonic() + seconds
        while self._left:
            reserve = self._database.reserve()
            if reserve and not self._counts.dry_run:
                reserve.give_up_if_full()
            # A file belongs to this process alone, and a commit waits for the disk: so it takes one commit.
            parts = list(self._left[-1:] if self._database.is_server else self._left)
            try:
                self._counts.add(self._database.transaction(lambda transaction: self._clean(transaction, parts)))
            except NoRoom:
                # Only a write detects a quota. The storage has to be opened again, which the next run does.
                if reserve:
                    reserve.give_up()
                raise
            del self._left[-len(parts) :]
            if time.monotonic() > deadline:
                return False
        if self._pack:
            try:
                self._database.pack()
            except OSError as error:
                if not files.is_full(error):
                    raise
                self._counts.notes.append(_NOT_PACKED)
        return True

    def progress(self) -> dict[str, int]:
        return self._counts.progress()

    def report(self) -> dict[str, Any]:
        reserve = self._database.reserve()
        if reserve and not self._counts.dry_run and not reserve.make():
            self._counts.notes.append(reserve.note())
        server = {"connection": {"server": "Durus storage server", "tls": "off"}} if self._database.is_server else {}
        return {**self._counts.report(not self._left), **server}

    def _clean(self, transaction: Transaction, parts: list[str]) -> CleanupCounts:
        self._require_mark(transaction)
        counts = self._counts.new_part()
        for part in parts:
            counts.note_deleted(self._sessions.clean(transaction, part, counts))
        return counts
