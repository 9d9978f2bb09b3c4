"""The opcodes of simple values. They do not use the memo, so they can stand in any pickle."""

from __future__ import annotations

import struct

STOP = b"."
POP = b"0"
SETITEM = b"s"
PROTOCOL_4 = b"\x80\x04"


def text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    return b"X" + struct.pack("<I", len(data)) + data


def binary(value: bytes) -> bytes:
    return b"\x8e" + struct.pack("<Q", len(value)) + value


def number(value: float) -> bytes:
    return b"G" + struct.pack(">d", value)


def pair(first: bytes, second: bytes) -> bytes:
    return first + second + b"\x86"


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def dictionary(entries: list[tuple[bytes, bytes]]) -> bytes:
    return b"}" + b"".join(key + value + SETITEM for key, value in entries)
