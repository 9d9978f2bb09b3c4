"""A record of a Durus storage that holds a PersistentDict: read, and edited, by opcode."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ..errors import StoreError
from ..pickles import write
from ..pickles.edit import Uneditable, edited, extracted
from ..pickles.nodes import Atom, Dict, Entry, Global, Items, Node, Reference, bytes_of
from ..pickles.reader import Program, Unreadable, read

ROOT = bytes(8)
"""The oid of the root object."""

_CLASS = "durus.persistent_dict PersistentDict"
_CLASS_CODE = write.named("durus.persistent_dict", "PersistentDict")
_HEAD = b"\x80\x02" + _CLASS_CODE + write.STOP
_LARGEST = 1 << 30
_SMALL = 1 << 16


@dataclass(frozen=True)
class DictRecord:
    """A PersistentDict. `data` is the pickle of its class and the pickle of its state, written by one pickler."""

    oid: bytes
    data: bytes
    program: Program
    target: Dict

    def entries(self) -> dict[str, Entry]:
        """The entries by key; keys that are not strings are left out."""
        keyed = ((entry.key.value, entry) for entry in self.target.entries if isinstance(entry.key, Atom))
        return {key: entry for key, entry in keyed if isinstance(key, str)}

    @property
    def unnamed(self) -> int:
        """The number of entries with a key that is not a string."""
        return sum(not isinstance(e.key, Atom) or not isinstance(e.key.value, str) for e in self.target.entries)

    def edited(self, removed: set[str], added: list[tuple[str, bytes]]) -> bytes:
        """The record without some keys and with others (values as opcodes); every other entry stays unchanged."""
        gone = [e for e in self.target.entries if isinstance(e.key, Atom) and e.key.value in removed]
        try:
            result = edited(self.data, self.program, self.target, gone, [(write.text(k), v) for k, v in added])
        except Uneditable as error:
            raise _unfit(f"a pickle that cannot be edited: {error}") from error
        added_references = [item for _, value in added for _, item in read(value + write.STOP).references]
        oids = _oids_of(self.oid, [*result.references, *added_references])
        record = _packed(self.oid, self.data[: self.program.start], result.code, oids)
        self._require_kept(record, removed | {key for key, _ in added})
        return record

    def value_pickle(self, entry: Entry) -> bytes:
        """A pickle of one value."""
        try:
            return extracted(self.data, self.program, entry)
        except Uneditable as error:
            raise _unfit(f"a pickle that cannot be read in parts: {error}") from error

    def refers(self, entry: Entry) -> bool:
        """True if a value refers to other records."""
        return any(entry.middle <= position < entry.end for position, _ in self.program.references)

    def _require_kept(self, record: bytes, changed: set[str]) -> None:
        """Checks the new record before it is written: an error in it would prevent the write."""
        again = parsed(record)
        before = {k: self.data[e.start : e.end] for k, e in self.entries().items() if k not in changed}
        after = {k: again.data[e.start : e.end] for k, e in again.entries().items() if k not in changed}
        if before != after:
            raise StoreError("InternalError", "Expected an edit to leave the others as they are; nothing was written.")


def parsed(record: bytes) -> DictRecord:
    """Raises ShapeMismatch if the record is not a PersistentDict."""
    # The root and the index of parts are read repeatedly and seldom change.
    return _remembered(record) if len(record) < _SMALL else _parsed(record)


@lru_cache(maxsize=16)
def _remembered(record: bytes) -> DictRecord:
    return _parsed(record)


def _parsed(record: bytes) -> DictRecord:
    try:
        oid, length = record[:8], struct.unpack_from(">L", record, 8)[0]
        data, refs = record[12 : 12 + length], record[12 + length :]
        kind = read(data)
        state = data[kind.end :]
        if state[:1] == b"x":
            state = _decompressed(state)
        full = data[: kind.end] + state
        program = read(full, kind.end, kind.memo)
    except (Unreadable, struct.error, zlib.error, IndexError) as error:
        raise _unfit("a pickle that cannot be read") from error
    if not isinstance(kind.root, Global) or kind.root.name != _CLASS:
        raise _unfit("an object of another class")
    target = _data_of(program.root)
    listed = sorted(refs[n : n + 8] for n in range(0, len(refs), 8))
    if _oids_of(oid, (item for _, item in program.references)) != listed:
        raise _unfit("one whose references are not those it lists")
    return DictRecord(oid, full, program, target)


def new_record(oid: bytes, entries: list[tuple[str, bytes]]) -> bytes:
    """A new PersistentDict; values as opcodes."""
    items = write.dictionary([(write.text(key), value) for key, value in entries])
    state = b"\x80\x02" + write.dictionary([(write.text("data"), items)]) + write.STOP
    return _packed(oid, _HEAD, state, _oids_of(oid, (item for _, item in read(state).references)))


def reference(oid: bytes) -> bytes:
    """The opcodes of a reference to a PersistentDict."""
    return write.pair(write.binary(oid), _CLASS_CODE) + b"Q"


def oid_of(node: Node) -> bytes:
    """The target of a reference; ShapeMismatch if it is not a reference, or refers to an object of another class."""
    identity = node.identity if isinstance(node, Reference) else None
    if isinstance(identity, Items) and len(identity.items) == 2:
        oid, kind = _oid(identity.items[0]), identity.items[1]
        if oid is not None and isinstance(kind, Global) and kind.name == _CLASS:
            return oid
    raise _unfit("something else than a reference to a PersistentDict")


def _oids_of(own: bytes, references: Iterable[Reference]) -> list[bytes]:
    """The records that a record refers to, except itself, as listed behind its state."""
    found: set[bytes] = set()
    for item in references:
        identity = item.identity
        oid = _oid(identity.items[0]) if isinstance(identity, Items) and identity.items else None
        if oid is None:
            raise _unfit("a reference that cannot be read")
        found.add(oid)
    return sorted(found - {own})


def _oid(node: Node) -> bytes | None:
    found = bytes_of(node)
    # Python 2 had only these strings.
    if found is None and isinstance(node, Atom) and isinstance(node.value, str):
        found = node.value.encode("latin1", "replace")
    return found if found is not None and len(found) == 8 else None


def _data_of(state: Node) -> Dict:
    entries = state.entries if isinstance(state, Dict) else []
    if len(entries) == 1 and isinstance(entries[0].key, Atom) and entries[0].key.value == "data":
        if isinstance(entries[0].value, Dict):
            return entries[0].value
    raise _unfit("one with another state")


def _packed(oid: bytes, head: bytes, state: bytes, oids: list[bytes]) -> bytes:
    data = head + zlib.compress(state)
    return oid + struct.pack(">L", len(data)) + data + b"".join(oids)


def _decompressed(state: bytes) -> bytes:
    stream = zlib.decompressobj()
    found = stream.decompress(state, _LARGEST)
    if stream.unconsumed_tail:
        raise _unfit(f"one of more than {_LARGEST >> 20} MiB")
    return found


def _unfit(found: str) -> StoreError:
    return StoreError(
        "ShapeMismatch",
        f"Expected a PersistentDict of sessions as session3 makes it; found {found}. The storage was not changed.",
    )
