"""What session3's SessionStore promises, typed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol


class Session(Protocol):
    """Any object that can be pickled and has an id."""

    id: Any


class SessionStore(Protocol):
    is_multiprocess_safe: bool
    is_thread_safe: bool

    def load_session(self, id: str, default: Any = None) -> Any:
        """The session if it exists, else the default."""

    def save_session(self, session: Session) -> None:
        """Saves it, and moves its time of change."""

    def delete_session(self, session: Session) -> None:
        """Deletes it if it exists."""

    def has_session(self, id: str) -> bool:
        """Whether it exists."""
        ...

    def iter_sessions(self) -> Iterator[tuple[str, Any]]:
        """All (id, session), for admin tools."""
        ...

    def setup(self) -> None:
        """Makes what is missing."""

    def delete_old_sessions(self, minutes: float) -> tuple[int, int]:
        """Deletes what was not saved for so long; how many were deleted and how many remain."""
        ...
