"""
The two forms of sessions in a Durus storage. Session3's form: all sessions in one record, a PersistentDict at
root['sessions'], so that clients that save different sessions conflict. The safe form: one record for each session,
which holds bytes, found through 256 PersistentDicts of references by a hash of the id.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

from ..errors import SET_UP_AGAIN, StoreError
from ..marks import Form
from ..pickles import write
from ..pickles.age import changed_at_of
from ..pickles.nodes import Entry, bytes_of
from ..pickles.stamp import age_stamp, stamped, unstamped
from ..counts import CleanupCounts
from .database import Transaction
from .records import ROOT, DictRecord, new_record, oid_of, reference

SESSIONS_KEY = "sessions"
SAFE_KEY = "sessionstore.dev/sessions"
MARK_KEY = "sessionstore.dev/mark"
MARK_LOCATION = f"root['{MARK_KEY}']"
PAYLOAD_KEY = "session"
BUCKETS = 256


def bucket_of(id: str) -> str:
    return str(zlib.crc32(id.encode("utf-8", "surrogateescape")) % BUCKETS)


class Sessions(Protocol):
    """Operations of a form, each within a transaction."""

    def load(self, transaction: Transaction, id: str) -> bytes | None: ...
    def save(self, transaction: Transaction, id: str, payload: bytes, now: float) -> None: ...
    def delete(self, transaction: Transaction, id: str) -> None: ...
    def parts(self) -> list[str]:
        """Sessions that are read, listed and cleaned in one transaction."""

    def listed(self, transaction: Transaction, part: str) -> Iterator[tuple[str, bytes]]: ...
    def clean(self, transaction: Transaction, part: str, counts: CleanupCounts) -> int:
        """Deletes the sessions that the counts mark as stale; returns their number."""


class PlainSessions:
    """Session3's own form."""

    def load(self, transaction: Transaction, id: str) -> bytes | None:
        record = _sessions(transaction)
        entry = record.entries().get(id)
        return None if entry is None else plain_payload(record, entry)

    def save(self, transaction: Transaction, id: str, payload: bytes, now: float) -> None:
        record = _sessions(transaction)
        # Bytes stay bytes, including the time, when the application writes the whole record again.
        value = write.binary(stamped(payload, now))
        transaction.write(record.oid, record.edited({id}, [(id, value)]))

    def delete(self, transaction: Transaction, id: str) -> None:
        record = _sessions(transaction)
        if id in record.entries():
            transaction.write(record.oid, record.edited({id}, []))

    def parts(self) -> list[str]:
        return [""]

    def listed(self, transaction: Transaction, part: str) -> Iterator[tuple[str, bytes]]:
        record = _sessions(transaction)
        for id, entry in record.entries().items():
            yield id, plain_payload(record, entry)

    def clean(self, transaction: Transaction, part: str, counts: CleanupCounts) -> int:
        record = _sessions(transaction)
        counts.unreadable += record.unnamed
        removed = {id for id, entry in record.entries().items() if counts.is_stale(plain_time(entry))}
        if removed and not counts.dry_run:
            transaction.write(record.oid, record.edited(removed, []))
            return len(removed)
        return 0


class SafeSessions:
    """One record for each session."""

    def load(self, transaction: Transaction, id: str) -> bytes | None:
        entry = _bucket(transaction, bucket_of(id)).entries().get(id)
        return None if entry is None else unstamped(_value(transaction.existing(oid_of(entry.value))))

    def save(self, transaction: Transaction, id: str, payload: bytes, now: float) -> None:
        bucket = _bucket(transaction, bucket_of(id))
        entry = bucket.entries().get(id)
        oid = oid_of(entry.value) if entry else transaction.new()
        transaction.write(oid, session_record(oid, stamped(payload, now)))
        if not entry:
            transaction.write(bucket.oid, bucket.edited(set(), [(id, reference(oid))]))

    def delete(self, transaction: Transaction, id: str) -> None:
        bucket = _bucket(transaction, bucket_of(id))
        if id in bucket.entries():
            transaction.write(bucket.oid, bucket.edited({id}, []))

    def parts(self) -> list[str]:
        return [str(n) for n in range(BUCKETS)]

    def listed(self, transaction: Transaction, part: str) -> Iterator[tuple[str, bytes]]:
        for id, entry in _bucket(transaction, part).entries().items():
            yield id, unstamped(_value(transaction.read_unwatched(oid_of(entry.value))))

    def clean(self, transaction: Transaction, part: str, counts: CleanupCounts) -> int:
        bucket = _bucket(transaction, part)
        removed: dict[str, bytes] = {}
        for id, entry in bucket.entries().items():
            oid = oid_of(entry.value)
            if counts.is_stale(age_stamp(_value(transaction.read_unwatched(oid)))):
                removed[id] = oid
        if removed and not counts.dry_run:
            # A session that is saved in the meantime is not stale: the commit then conflicts, and all sessions are
            # checked again.
            transaction.watch(removed.values())
            transaction.write(bucket.oid, bucket.edited(set(removed), []))
            return len(removed)
        return 0


def form_of(root: DictRecord | None) -> Form | None:
    """The existing form; after a migration an old application may have created session3's form again, empty."""
    keys = root.entries() if root else {}
    if SAFE_KEY in keys:
        return "Safe"
    return "Session3" if SESSIONS_KEY in keys else None


def sessions_of(form: Form) -> Sessions:
    return SafeSessions() if form == "Safe" else PlainSessions()


def plain_payload(record: DictRecord, entry: Entry) -> bytes:
    """A session as bytes: the bytes that our class saved, or the application's object as a separate pickle."""
    found = bytes_of(entry.value)
    return record.value_pickle(entry) if found is None else unstamped(found)


def plain_time(entry: Entry) -> float | None:
    found = bytes_of(entry.value)
    return changed_at_of(entry.value) if found is None else age_stamp(found)


def session_record(oid: bytes, value: bytes) -> bytes:
    """The record of one session in the safe form."""
    return new_record(oid, [(PAYLOAD_KEY, write.binary(value))])


def _sessions(transaction: Transaction) -> DictRecord:
    return transaction.existing(_oid_at(transaction, SESSIONS_KEY))


def _bucket(transaction: Transaction, name: str) -> DictRecord:
    index = transaction.existing(_oid_at(transaction, SAFE_KEY))
    entry = index.entries().get(name)
    if entry is None:
        raise StoreError("ShapeMismatch", f"Expected {BUCKETS} parts below root['{SAFE_KEY}']; one is missing.")
    return transaction.existing(oid_of(entry.value))


def _oid_at(transaction: Transaction, key: str) -> bytes:
    root = transaction.read(ROOT)
    entry = root.entries().get(key) if root else None
    if entry is None:
        raise StoreError(
            "StoreMissing",
            f"Expected sessions at root['{key}']; found none. {SET_UP_AGAIN}",
        )
    return oid_of(entry.value)


def _value(record: DictRecord) -> bytes:
    entry = record.entries().get(PAYLOAD_KEY)
    found = bytes_of(entry.value) if entry else None
    if found is None:
        raise StoreError("ShapeMismatch", "Expected a session's record to hold bytes; found something else.")
    return found
