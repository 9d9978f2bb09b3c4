"""
The form of a session that this project's classes saved: its payload and the time of saving. It is a pickle that creates
the time, drops it, and continues as the payload: if the payload is a pickle itself, session3's own classes load it.
"""

from __future__ import annotations

import struct

from . import write
from .age import EARLIEST, changed_at

_HEAD = write.PROTOCOL_4 + write.text("sessionstore") + b"G"
_TAIL = b"\x86" + write.POP
_LENGTH = len(_HEAD) + 8 + len(_TAIL)
_BYTES = b"\x8e"


def stamped(payload: bytes, time: float) -> bytes:
    """The payload with its time of change."""
    is_pickle = payload[:1] == b"\x80" and payload[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05") and payload[-1:] == b"."
    return _HEAD + struct.pack(">d", time) + _TAIL + (payload if is_pickle else write.binary(payload) + write.STOP)


def unstamped(value: bytes) -> bytes:
    """The payload of a value by `stamped`; any other value is the payload itself."""
    if not _is_stamped(value):
        return value
    body = value[_LENGTH:]
    return body[9:-1] if body[:1] == _BYTES else body


def age_stamp(value: bytes) -> float | None:
    """
    The time at which a value was saved: its stamp, else the time of the session in it; None if neither can be read.
    """
    if not _is_stamped(value):
        return changed_at(value)
    time: float = struct.unpack_from(">d", value, len(_HEAD))[0]
    return time if time >= EARLIEST else None


def _is_stamped(value: bytes) -> bool:
    return value.startswith(_HEAD) and value[_LENGTH - len(_TAIL) : _LENGTH] == _TAIL
