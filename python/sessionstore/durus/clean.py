"""Deletes old sessions: of session3's form all in one commit, of the safe one part by part."""

from __future__ import annotations

import time
from typing import Any

from ..report import Tally
from .database import Database, Transaction
from .forms import Sessions


class Cleaner:
    """One run over a storage."""

    def __init__(self, database: Database, sessions: Sessions, tally: Tally, pack: bool) -> None:
        self._database, self._sessions, self._tally = database, sessions, tally
        self._pack = pack and not tally.dry_run
        self._left = sessions.parts()
        # One commit sees all at once; of several, others may write in between.
        tally.exact = not database.is_server or len(self._left) == 1

    def step(self, seconds: float) -> bool:
        """Works for about so long, one commit at least; whether that was the last step."""
        deadline = time.monotonic() + seconds
        while self._left:
            # A file is nobody else's meanwhile, and a commit waits for the disk: so it takes one.
            parts = list(self._left[-1:] if self._database.is_server else self._left)
            self._tally.add(self._database.transaction(lambda transaction: self._clean(transaction, parts)))
            del self._left[-len(parts) :]
            if time.monotonic() > deadline:
                return False
        if self._pack:
            self._database.pack()
        return True

    def report(self) -> dict[str, Any]:
        server = {"connection": {"server": "Durus storage server", "tls": "off"}} if self._database.is_server else {}
        return {**self._tally.report(not self._left), **server}

    def _clean(self, transaction: Transaction, parts: list[str]) -> Tally:
        tally = self._tally.apart()
        for part in parts:
            tally.note_deleted(self._sessions.clean(transaction, part, tally))
        return tally
