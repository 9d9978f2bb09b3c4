"""The values that a pickle would create, as data: no node can be called, imported or compared into action."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False, slots=True)
class Node:
    """One value, and the bytes of the pickle that create it."""

    start: int
    end: int


@dataclass(eq=False, slots=True)
class Atom(Node):
    """A string, number, bytes, bool or None."""

    value: object


@dataclass(eq=False, slots=True)
class Global(Node):
    """The name of a class or function; it is never looked up."""

    name: str


@dataclass(eq=False, slots=True)
class Items(Node):
    """A list, tuple, set or frozenset."""

    items: list[Node]


@dataclass(eq=False, slots=True)
class Entry:
    """
    A key and its value in a dict. The bytes: the key's from `start`, the value's from `middle` to `end`, and up to
    `stop` the opcode that sets only this entry, if there is one.
    """

    key: Node
    value: Node
    start: int
    middle: int
    end: int
    stop: int


@dataclass(eq=False, slots=True)
class Dict(Node):
    """A dict; a key may occur more than once, and the last one counts."""

    entries: list[Entry]


@dataclass(eq=False, slots=True)
class Made(Node):
    """
    The value that calling `maker` with `arguments` would return; `state` is the value that it would be filled with.
    """

    maker: Node
    arguments: Node
    state: Node | None = None


@dataclass(eq=False, slots=True)
class Reference(Node):
    """A persistent id: in Durus, another record."""

    identity: Node


@dataclass(eq=False, slots=True)
class Opaque(Node):
    """A value that only an unpickler's environment knows."""


def bytes_of(node: Node) -> bytes | None:
    """The bytes that a node stands for: protocol 2 has no bytes, and writes a call of _codecs.encode."""
    if isinstance(node, Atom) and isinstance(node.value, bytes):
        return node.value
    if not isinstance(node, Made) or not isinstance(node.maker, Global) or not isinstance(node.arguments, Items):
        return None
    arguments = [item.value if isinstance(item, Atom) else None for item in node.arguments.items]
    if node.maker.name in ("__builtin__ bytes", "builtins bytes") and not arguments:
        return b""
    if node.maker.name != "_codecs encode" or len(arguments) != 2 or arguments[1] != "latin1":
        return None
    try:
        return arguments[0].encode("latin1") if isinstance(arguments[0], str) else None
    except UnicodeEncodeError:
        return None
