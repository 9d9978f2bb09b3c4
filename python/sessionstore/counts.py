"""The results of a clean-up, counted during the run."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_FUTURE = 86_400.0
"""A time that is further ahead than clocks differ is not a session's time."""


@dataclass
class CleanupCounts:
    """Classifies sessions by age; the figures of the result come from it."""

    now: float
    age: float
    dry_run: bool
    deleted: int = 0
    live: int = 0
    stale: int = 0
    unreadable: int = 0
    seen: int = 0
    oldest: float = math.inf
    exact: bool = True
    notes: list[str] = field(default_factory=list)

    def is_stale(self, changed: float | None) -> bool:
        """Counts a session with that time; returns True if it may be deleted."""
        if changed is None or changed > self.now + _FUTURE:
            self.unreadable += 1
            return False
        if changed > self.now - self.age:
            self.live += 1
            return False
        self.stale += 1
        self.oldest = min(self.oldest, changed)
        return True

    def note_deleted(self, count: int) -> None:
        self.deleted += count
        self.stale -= count

    def new_part(self) -> CleanupCounts:
        """Empty counts for a part that may have to be checked twice."""
        return CleanupCounts(self.now, self.age, self.dry_run)

    def add(self, part: CleanupCounts) -> None:
        """Adds the counts of a part."""
        self.deleted += part.deleted
        self.live += part.live
        self.stale += part.stale
        self.unreadable += part.unreadable
        self.seen += part.deleted + part.live + part.stale + part.unreadable
        self.oldest = min(self.oldest, part.oldest)

    def begin_again(self) -> None:
        """Starts another pass over all sessions."""
        self.live = self.stale = self.unreadable = 0
        self.oldest = math.inf

    def progress(self) -> dict[str, int]:
        """Sums over all passes, which therefore never decrease."""
        return {"deleted": self.deleted, "seen": self.seen}

    def report(self, complete: bool) -> dict[str, Any]:
        """A CleanupReport of src/api/runner-result.ts."""
        report: dict[str, Any] = {
            "deleted": self.deleted,
            "overdue": self.stale,
            "unreadable": self.unreadable,
            "complete": complete,
            "dryRun": self.dry_run,
            "notes": self.notes,
        }
        if complete:
            report["remaining"] = self.live + self.stale + self.unreadable
            if not self.exact:
                report["remainingIsEstimate"] = True
        else:
            report["overdueAtLeast"] = True
        if self.stale and math.isfinite(self.oldest):
            report["oldestStale"] = datetime.fromtimestamp(self.oldest, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return report
