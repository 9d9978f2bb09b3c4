"""How old a pickled session is."""

from __future__ import annotations

import math

from .nodes import Atom, Dict, Items, Made, Node
from .reader import Unreadable, read

_NAMES = ("_access_time", "_creation_time")
_MOST = 250_000
"""Opcodes of one session: what takes half a second and 50 MB to read. A larger one is kept."""

EARLIEST = 946_684_800.0
"""2000-01-01: what lies before it is a count of something else, such as a monotonic clock's seconds."""


def changed_at(pickle: bytes) -> float | None:
    """
    When a session was last used, in seconds since the epoch: its `_access_time`, else its `_creation_time`. None
    where that cannot be read: such a session is kept. Nothing in the pickle is imported or run.
    """
    try:
        return changed_at_of(read(pickle, most=_MOST).root)
    except Unreadable:
        return None


def changed_at_of(session: Node) -> float | None:
    """The same, of a session that was read already."""
    attributes = _attributes(session)
    for name in _NAMES:
        if name in attributes:
            # One that is there and no time is not passed over for one that is older.
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
    """What would be in the session's `__dict__` and slots."""
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
