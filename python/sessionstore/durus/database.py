"""A Durus storage, a file or a server's, at the level of records: no class of the application is ever loaded."""

from __future__ import annotations

import errno
import random
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from durus.error import ConflictError, ProtocolError, ReadConflictError, WriteConflictError

from .. import files
from ..errors import NoRoom, StoreError
from ..reserve import Reserve
from .file import StorageFile
from .records import ROOT, DictRecord, parsed

T = TypeVar("T")

_ATTEMPTS = 60

_COMMIT = 16_384
"""Space that a commit needs in addition to its records: its own index, and the note beside the file."""


class Database:
    """Transactions on a storage, repeated if another client was quicker."""

    def __init__(self, storage: Any, file: StorageFile | None = None) -> None:
        self.storage = storage
        self.file = file
        self.is_broken = False
        """
        True if the database is no longer usable: the connection to the server ended, or a write to the file failed.
        """
        self._packed: list[Any] = []
        self._largest = 0

    @property
    def is_server(self) -> bool:
        return self.file is None

    def transaction(self, work: Callable[[Transaction], T]) -> T:
        """Does the work and commits all of its writes or none. Repeats the work after a conflict."""
        for attempt in range(_ATTEMPTS):
            transaction = Transaction(self.storage)
            try:
                self.storage.sync()
                result = work(transaction)
                self._commit(transaction)
                return result
            except ConflictError:
                time.sleep(random.uniform(0, min(0.2, 0.001 * 2**attempt)))
            except (OSError, ProtocolError) as error:
                if self.file and isinstance(error, OSError) and files.is_full(error):
                    self.is_broken = True
                    raise self._without_room(self.file, transaction, error) from error
                raise self._broken(error) from error
            finally:
                self._largest = max(self._largest, transaction.size)
        raise StoreError(
            "LockTimeout",
            f"Expected to commit; another client of the Durus server was quicker {_ATTEMPTS} times. The storage was not changed.",
        )

    def _commit(self, transaction: Transaction) -> None:
        if not transaction.written:
            return
        if self.file:
            with self.file.committing(self.storage):
                self._store(transaction)
        else:
            self._store(transaction)

    def _store(self, transaction: Transaction) -> None:
        self.storage.begin()
        for oid, record in transaction.written.items():
            self.storage.store(oid, record)
        self.storage.end(transaction.require_unchanged)

    def reserve(self) -> Reserve | None:
        """Space for a commit, which writes again all that it has read; a server's volume is another one."""
        return self.file.reserve(self._largest * 5 // 4) if self.file else None

    def _without_room(self, file: StorageFile, transaction: Transaction, error: OSError) -> NoRoom:
        needed = sum(map(len, transaction.written.values())) + _COMMIT
        return NoRoom(
            f"Expected room for {needed} bytes on the volume of {file.path}, as a Durus storage grows by each commit, one that "
            "deletes, too; found none. The storage was not changed. Make room, or raise the quota; pack: true then gives back what "
            "was deleted.",
            errno.errorcode[error.errno or errno.ENOSPC],
        )

    def pack(self) -> None:
        """Frees the space of deleted sessions; a server does that gradually."""
        if not self.file:
            try:
                self.storage.pack()
            except (OSError, ProtocolError) as error:
                raise self._broken(error) from error
            return
        new = self.file.packed(self.storage)
        # The old file stays locked: a process that opened it a moment ago must not get the lock, because no other
        # process will read that file again.
        self._packed.append(self.storage)
        self.storage = new

    def close(self) -> None:
        for storage in [*self._packed, self.storage]:
            try:
                storage.close()
            except OSError:
                if not self.is_broken:
                    raise
        if self.file and self.is_broken:
            # The next process that opens the storage does the rest.
            with suppress(OSError):
                self.file.recover()

    def _broken(self, error: OSError | ProtocolError) -> Exception:
        # For a file that a full disk has cut off, the storage in memory no longer knows the end.
        self.is_broken = True
        if self.file:
            return error
        return StoreError(
            "ConnectionFailed",
            f"Expected an answer of the Durus server; the connection ended ({type(error).__name__}). The last "
            "request may have been carried out or not. Try again.",
        )


class Transaction:
    """Records that were read, which must not change until the commit, and records to write."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage
        self._watched: set[bytes] = set()
        self.written: dict[bytes, bytes] = {}
        self._sizes: dict[bytes, int] = {}

    def read(self, oid: bytes) -> DictRecord | None:
        """The record; None if it does not exist."""
        self._watched.add(oid)
        try:
            record: bytes = self._storage.load(oid)
            self._sizes[oid] = len(record)
            return parsed(record)
        except ReadConflictError:
            raise
        except KeyError:
            return None

    @property
    def size(self) -> int:
        """Bytes of all records that were read."""
        return sum(self._sizes.values())

    def existing(self, oid: bytes) -> DictRecord:
        """The record that another record refers to."""
        found = self.read(oid)
        if found:
            return found
        raise StoreError("ShapeMismatch", "Expected a record that another refers to; it is not in the storage.")

    def read_unwatched(self, oid: bytes) -> DictRecord:
        """A record that other clients may change, unless watch() is called for it."""
        # One at a time: bulk_load leaves responses unread if one of them is a conflict.
        return parsed(self._storage.load(oid))

    def watch(self, oids: Iterable[bytes]) -> None:
        self._watched.update(oids)

    def new(self) -> bytes:
        """An oid for a new record."""
        oid: bytes = self._storage.new_oid()
        return oid

    def write(self, oid: bytes, record: bytes) -> None:
        self._watched.add(oid)
        self.written[oid] = record

    def require_unchanged(self, changed: Iterable[bytes]) -> None:
        conflicts = self._watched.intersection(changed)
        if conflicts:
            raise WriteConflictError(sorted(conflicts))

    @property
    def root(self) -> DictRecord | None:
        return self.read(ROOT)
