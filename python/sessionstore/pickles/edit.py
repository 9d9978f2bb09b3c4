"""
Removes entries from a dict in a pickle, and adds entries, opcode by opcode: the remaining bytes stay unchanged. A
removed part may have put values into the memo to which remaining parts refer (the name of a class or an attribute):
these are created in its place and dropped from the stack at once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from . import write
from .nodes import Dict, Entry, Node, Reference
from .reader import Program

Range = tuple[int, int]


class Uneditable(Exception):
    """The parts of the pickle cannot be separated."""


@dataclass(frozen=True, slots=True)
class Edited:
    code: bytes
    references: list[Reference]
    """The persistent ids that the new pickle refers to."""


def edited(
    data: bytes, program: Program, target: Dict, gone: list[Entry], added: list[tuple[bytes, bytes]]
) -> Edited:
    """
    The program without the gone entries of `target` and with others (key and value as opcodes) at the end of that
    dict.
    """
    _require_editable(program)
    removed = [(entry.start, entry.stop) for entry in gone]
    hoisted = _hoisted(program, removed, _gets_outside(program, removed))
    parts: list[bytes] = []
    position = program.start
    end = target.end
    for start, stop in removed:
        parts.append(data[position:start])
        first, last = bisect_left(hoisted, (start, 0)), bisect_left(hoisted, (stop, 0))
        parts.extend(data[a:b] + write.POP for a, b in hoisted[first:last])
        position = stop
    parts.append(data[position:end])
    parts.extend(key + value + write.SETITEM for key, value in added)
    parts.append(data[end : program.end])
    kept = [node for at, node in program.references if not _within(removed, at) or _within(hoisted, at)]
    return Edited(b"".join(parts), kept)


def extracted(data: bytes, program: Program, entry: Entry) -> bytes:
    """A pickle of one value of a dict, with everything to which it refers."""
    _require_editable(program)
    own = (entry.middle, entry.end)
    rest = [(0, entry.middle), (entry.end, len(data))]
    hoisted = _hoisted(program, rest, _gets_within(program, own))
    code = b"".join(data[start:stop] + write.POP for start, stop in hoisted)
    # Up to protocol 2, names are those of Python 2, so the protocol stays the same.
    protocol = data[program.start : program.start + 2] if data[program.start] == 0x80 else b""
    return protocol + code + data[entry.middle : entry.end] + write.STOP


def _require_editable(program: Program) -> None:
    if not program.editable:
        raise Uneditable("its memo is not numbered, or a value is made in several places")


def _gets_within(program: Program, span: Range) -> range:
    return range(bisect_left(program.get_positions, span[0]), bisect_left(program.get_positions, span[1]))


def _gets_outside(program: Program, removed: list[Range]) -> list[int]:
    return [n for n, at in enumerate(program.get_positions) if not _within(removed, at)]


def _hoisted(program: Program, removed: list[Range], gets: range | list[int]) -> list[Range]:
    """The removed parts that must still be created, for these uses of the memo; in order, disjoint."""
    found: dict[int, int] = {}
    todo = list(gets)
    while todo:
        node = program.memo[program.get_indexes[todo.pop()]]
        if not _within(removed, node.start) or found.get(node.start, -1) >= node.end:
            continue
        if not _is_inside(removed, node):
            raise Uneditable("a session refers to what holds it")
        found[node.start] = node.end
        todo.extend(_gets_within(program, (node.start, node.end)))
    disjoint: list[Range] = []
    for start, end in sorted(found.items()):
        if not disjoint or start >= disjoint[-1][1]:
            disjoint.append((start, end))
    return disjoint


def _within(ranges: list[Range], at: int) -> bool:
    n = bisect_right(ranges, (at, 2**63)) - 1
    return n >= 0 and at < ranges[n][1]


def _is_inside(ranges: list[Range], node: Node) -> bool:
    n = bisect_right(ranges, (node.start, 2**63)) - 1
    return node.end <= ranges[n][1]
