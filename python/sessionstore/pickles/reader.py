"""
An interpreter of pickle's opcodes that cannot construct objects: it creates nodes where an unpickler would import and
call. Time and memory are linear in the pickle's length, for any claims of the pickle.
"""

from __future__ import annotations

import io
import pickletools
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

from .nodes import Atom, Dict, Entry, Global, Items, Made, Node, Opaque, Reference


class Unreadable(Exception):
    """The bytes are not a pickle, or the pickle is incomplete."""


@dataclass(slots=True)
class Program:
    """A parsed pickle: the value that it creates, and the positions that an editor needs."""

    root: Node
    start: int
    end: int
    memo: dict[int, Node]
    get_positions: array[int]
    get_indexes: array[int]
    references: list[tuple[int, Reference]]
    editable: bool
    """
    True if each memo entry is numbered and put once, and each value is created in one place: then parts can be removed.
    """


@dataclass(eq=False, slots=True)
class _Use:
    """A value on the stack, and the bytes that put it there; these are not its own bytes if it came from the memo."""

    node: Node
    start: int
    end: int

    @property
    def is_definition(self) -> bool:
        return self.node.start == self.start

    def grow(self, end: int) -> None:
        self.end = end
        if self.is_definition:
            self.node.end = end


@dataclass(eq=False, slots=True)
class _Mark:
    start: int


def read(data: bytes, offset: int = 0, memo: dict[int, Node] | None = None, most: int | None = None) -> Program:
    """
    The pickle that starts at the offset; `memo` is that of an earlier pickle by the same pickler. A pickle of more than
    so many opcodes is Unreadable: while it is read, a byte that creates a value takes some 200 bytes.
    """
    return _Machine(data, offset, {} if memo is None else memo, most or len(data)).run()


@dataclass(eq=False)
class _Machine:
    data: bytes
    offset: int
    memo: dict[int, Node]
    left: int
    stack: list[_Use | _Mark] = field(default_factory=list)
    gets: tuple[array[int], array[int]] = field(default_factory=lambda: (array("Q"), array("Q")))
    references: list[tuple[int, Reference]] = field(default_factory=list)
    editable: bool = True
    position: int = 0
    end: int = 0
    argument: object = None

    def run(self) -> Program:
        stream = io.BytesIO(self.data)
        stream.seek(self.offset)
        try:
            for opcode, argument, position in pickletools.genops(stream):
                assert position is not None
                self.left -= 1
                if self.left < 0:
                    raise Unreadable("a pickle of too many values")
                self.position, self.end, self.argument = position, stream.tell(), argument
                self.step(opcode.name)
            root = self.pop()
        except (ValueError, IndexError, KeyError, OverflowError, MemoryError) as error:
            # The message is left out, because it may quote the session.
            raise Unreadable(f"no well-formed pickle at byte {self.position}") from error
        if self.stack:
            raise Unreadable("a pickle that leaves things on its stack")
        return Program(root.node, self.offset, self.end, self.memo, *self.gets, self.references, self.editable)

    def step(self, name: str) -> None:
        if name in _ATOMS:
            self.push(Atom(self.position, self.end, self.argument))
        elif name in _CONSTANTS:
            self.push(Atom(self.position, self.end, _CONSTANTS[name]))
        elif name not in _NOTHING:
            _OPERATIONS[name](self)

    def push(self, node: Node) -> None:
        self.stack.append(_Use(node, node.start, node.end))

    def pop(self) -> _Use:
        use = self.stack.pop()
        if isinstance(use, _Mark):
            raise ValueError
        return use

    def top(self) -> _Use:
        use = self.stack[-1]
        if isinstance(use, _Mark):
            raise ValueError
        return use

    def pop_mark(self) -> tuple[int, list[_Use]]:
        """The start of the topmost mark, and the values above it."""
        uses: list[_Use] = []
        while True:
            use = self.stack.pop()
            if isinstance(use, _Mark):
                uses.reverse()
                return use.start, uses
            uses.append(use)

    def put(self, index: int) -> None:
        top = self.top()
        if index in self.memo:
            self.editable = False
        self.memo[index] = top.node
        top.grow(self.end)

    def memoize(self) -> None:
        self.editable = False
        self.put(len(self.memo))

    def get(self) -> None:
        index = int(str(self.argument))
        self.gets[0].append(self.position)
        self.gets[1].append(index)
        self.stack.append(_Use(self.memo[index], self.position, self.end))

    def make(self, count: int, join: Callable[[int, int, list[Node]], Node]) -> None:
        """Replaces the topmost nodes with one node."""
        uses = [self.pop() for _ in range(count)][::-1]
        start = uses[0].start if uses else self.position
        self.push(join(start, self.end, [use.node for use in uses]))

    def make_marked(self, join: Callable[[int, int, list[Node]], Node]) -> None:
        start, uses = self.pop_mark()
        self.push(join(start, self.end, [use.node for use in uses]))

    def fill(self, uses: list[_Use], stop: int | None = None) -> None:
        """Adds the values on the stack to the container below; `stop` if one opcode adds only one entry."""
        container = self.top()
        node = container.node
        if isinstance(node, Items):
            node.items.extend(use.node for use in uses)
        elif isinstance(node, Dict):
            node.entries.extend(_entries(uses, stop))
        self.grow(container)

    def grow(self, use: _Use) -> None:
        if not use.is_definition:
            # Created here and filled elsewhere: its bytes are incomplete.
            self.editable = False
        use.grow(self.end)

    def build(self) -> None:
        state = self.pop()
        made = self.top()
        if isinstance(made.node, Made):
            made.node.state = state.node
        self.grow(made)

    def dict_of_mark(self) -> None:
        start, uses = self.pop_mark()
        self.push(Dict(start, self.end, _entries(uses)))

    def instance(self) -> None:
        start, uses = self.pop_mark()
        maker = Global(self.position, self.end, str(self.argument))
        self.push(Made(start, self.end, maker, Items(start, self.end, [use.node for use in uses])))

    def refer(self, reference: Reference) -> None:
        self.references.append((self.position, reference))
        self.push(reference)


def _entries(uses: list[_Use], stop: int | None = None) -> list[Entry]:
    if len(uses) % 2:
        raise ValueError
    return [
        Entry(key.node, value.node, key.start, key.end, value.end, stop or value.end)
        for key, value in zip(uses[::2], uses[1::2], strict=True)
    ]


def _made(start: int, end: int, parts: list[Node]) -> Made:
    return Made(start, end, parts[0], parts[-1])


def _made_of_mark(start: int, end: int, parts: list[Node]) -> Made:
    return Made(start, end, parts[0], Items(start, end, parts[1:]))


def _named(start: int, end: int, parts: list[Node]) -> Node:
    names = [part.value if isinstance(part, Atom) else None for part in parts]
    return Global(start, end, f"{names[0]} {names[1]}")


_CONSTANTS: dict[str, object] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_NOTHING = frozenset({"PROTO", "FRAME", "STOP", "READONLY_BUFFER"})
_ATOMS = frozenset(
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING BINBYTES "
    "SHORT_BINBYTES BINBYTES8 UNICODE SHORT_BINUNICODE BINUNICODE BINUNICODE8".split()
)


def _put(machine: _Machine) -> None:
    machine.put(int(str(machine.argument)))


def _drop(machine: _Machine) -> None:
    machine.stack.pop()


def _drop_marked(machine: _Machine) -> None:
    machine.pop_mark()


def _opaque(machine: _Machine) -> None:
    machine.push(Opaque(machine.position, machine.end))


_OPERATIONS: dict[str, Callable[[_Machine], None]] = {
    "MARK": lambda m: m.stack.append(_Mark(m.position)),
    "POP": _drop,
    "POP_MARK": _drop_marked,
    "DUP": lambda m: m.stack.append(_Use(m.top().node, m.position, m.end)),
    "PUT": _put,
    "BINPUT": _put,
    "LONG_BINPUT": _put,
    "MEMOIZE": _Machine.memoize,
    "GET": _Machine.get,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "GLOBAL": lambda m: m.push(Global(m.position, m.end, str(m.argument))),
    "STACK_GLOBAL": lambda m: m.make(2, _named),
    "EMPTY_TUPLE": lambda m: m.make(0, Items),
    "EMPTY_LIST": lambda m: m.make(0, Items),
    "EMPTY_SET": lambda m: m.make(0, Items),
    "EMPTY_DICT": lambda m: m.push(Dict(m.position, m.end, [])),
    "TUPLE1": lambda m: m.make(1, Items),
    "TUPLE2": lambda m: m.make(2, Items),
    "TUPLE3": lambda m: m.make(3, Items),
    "TUPLE": lambda m: m.make_marked(Items),
    "LIST": lambda m: m.make_marked(Items),
    "FROZENSET": lambda m: m.make_marked(Items),
    "DICT": _Machine.dict_of_mark,
    "APPEND": lambda m: m.fill([m.pop()]),
    "APPENDS": lambda m: m.fill(m.pop_mark()[1]),
    "ADDITEMS": lambda m: m.fill(m.pop_mark()[1]),
    "SETITEM": lambda m: m.fill([m.pop(), m.pop()][::-1], m.end),
    "SETITEMS": lambda m: m.fill(m.pop_mark()[1]),
    "REDUCE": lambda m: m.make(2, _made),
    "NEWOBJ": lambda m: m.make(2, _made),
    "NEWOBJ_EX": lambda m: m.make(3, _made),
    "OBJ": lambda m: m.make_marked(_made_of_mark),
    "INST": _Machine.instance,
    "BUILD": _Machine.build,
    "PERSID": lambda m: m.refer(Reference(m.position, m.end, Atom(m.position, m.end, m.argument))),
    "BINPERSID": lambda m: m.refer(Reference(m.top().start, m.end, m.pop().node)),
    "NEXT_BUFFER": _opaque,
    "BYTEARRAY8": _opaque,
    "EXT1": _opaque,
    "EXT2": _opaque,
    "EXT4": _opaque,
}
