"""The age of a pickled session."""

from __future__ import annotations

import math

from .nodes import Atom, Dict, Items, Made, Node
from .reader import Unreadable, read

_NAMES = ("_access_time", "_creation_time")
_MOST = 250_000
"""Maximum opcodes of one session: reading them takes half a second and 50 MB. A larger session is kept."""

EARLIEST = 946_684_800.0
"""2000-01-01: an earlier number has another meaning, such as the seconds of a monotonic clock."""


def changed_at(pickle: bytes) -> float | None:
    """
    The time of a session's last use, in seconds since the epoch: its `_access_time`, else its `_creation_time`. A
    session without a readable time is kept. No part of the pickle is imported or executed.
    """
    try:
        return changed_at_of(read(pickle, most=_MOST).root)
    except Unreadable:
        return None


def changed_at_of(session: Node) -> float | None:
    """The time of a session that was already read."""
    attributes = _attributes(session)
    for name in _NAMES:
        if name in attributes:
            # An unreadable time is not skipped in favour of an older one.
            return time_of(attributes[name])
    return None


def time_of(node: Node) -> float | None:
    """A time, in seconds since the epoch."""
    value = node.value if isinstance(node, Atom) else None
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= EARLIEST else None


def _attributes(session: Node) -> dict[str, Node]:
    """The attributes for the session's `__dict__` and slots."""
    states = [session.state] if isinstance(session, Made) else [session]
    # An object with slots has the pair of its __dict__ and its slots.
    if isinstance(states[0], Items):
        states = [*states[0].items]
    return {
        entry.key.value: entry.value
        for state in states
        if isinstance(state, Dict)
        for entry in state.entries
        if isinstance(entry.key, Atom) and isinstance(entry.key.value, str)
    }
