"""The interface of session3's SessionStore, typed."""

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
        """Saves the session and updates its time of change."""

    def delete_session(self, session: Session) -> None:
        """Deletes the session if it exists."""

    def has_session(self, id: str) -> bool:
        """True if the session exists."""
        ...

    def iter_sessions(self) -> Iterator[tuple[str, Any]]:
        """All pairs of id and session, for admin tools."""
        ...

    def setup(self) -> None:
        """Creates missing parts of the store."""

    def delete_old_sessions(self, minutes: float) -> tuple[int, int]:
        """Deletes sessions that were not saved for so long; returns the numbers of deleted and remaining sessions."""
        ...
