"""The file of a Durus FileStorage, which only one process can have open at a time."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from durus.file import File
from durus.file_storage import FileStorage
from durus.shelf import Shelf, read_transaction_offsets
from durus.utils import ShortRead

from .. import files
from ..errors import StoreChanged, StoreError
from ..reserve import Reserve
from .records import ROOT

_MAGIC = b"SHELF-1\n"


class StorageFile:
    """
    Durus writes a transaction's length last, so a program that is killed earlier leaves a file that no program can
    open. Each write here is first noted beside the file; the next run removes such an end.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._note = path.with_name(f".sessionstore-{path.name}.commit")
        self._packing = path.with_name(f".sessionstore-{path.name}.pack")

    def open(self) -> Any:
        """Opens the FileStorage; LockTimeout if another process has it, because no process can be asked to close it."""
        self._require_format()
        try:
            self.recover()
            storage = FileStorage(str(self.path))
        except (OSError, OverflowError, ValueError) as error:
            if _is_locked(error):
                raise StoreError(
                    "LockTimeout",
                    f"Expected no other process to have {self.path} open; another process has. Clean up while it is scaled down, "
                    "or name the Durus server that has it open.",
                ) from error
            if not _is_misread(error):
                raise
            raise StoreError(
                "ShapeMismatch",
                f"Expected {self.path} to end with a whole transaction; it does not, as a program was killed while it "
                "wrote. Open it once with `durus -s --repair`, which takes the last one off.",
            ) from error
        # The storage now belongs to this process alone: other files beside it were left by a killed run.
        for leftover in [*files.named(self._note, ".*"), self._packing]:
            files.remove(leftover)
        return storage

    def require_same(self, storage: Any) -> None:
        """Raises StoreChanged if the file at the path is no longer the one that this storage has open."""
        if files.identity_of(self.path) != files.identity_of(storage.shelf.get_file().file.fileno()):
            raise StoreChanged(str(self.path))

    def reserve(self, size: int) -> Reserve:
        return Reserve(self.path.with_name(f".sessionstore-{self.path.name}"), size)

    @contextmanager
    def committing(self, storage: Any) -> Iterator[None]:
        """A write within this context is complete, or the next run removes it."""
        self.require_same(storage)
        found = self.path.stat()
        files.write_whole(self._note, json.dumps({"inode": found.st_ino, "size": found.st_size}).encode())
        yield
        with open(self.path, "rb") as file:
            os.fsync(file.fileno())
        files.remove(self._note)

    def packed(self, storage: Any) -> Any:
        """A storage of the reachable records, in a new file, which replaces the old one in one step."""
        new = File(str(self._packing))
        try:
            files.copy_owner_and_mode(new.file.fileno(), self.path)
            for _ in Shelf.generate_shelf(new, storage.gen_oid_record(start_oid=ROOT)):
                pass
            new.flush()
            new.fsync()
            result = FileStorage(new)
            # Another storage that a user has put there must not be replaced by this one.
            self.require_same(storage)
            files.rename(self._packing, self.path)
            old = storage.shelf.get_file().file.fileno()
            if os.fstat(old).st_nlink == 0:
                # The old file stays open, and would keep its space until it is closed.
                os.ftruncate(old, 0)
        except BaseException:
            # This file may be the one that fills the disk.
            files.remove(self._packing)
            raise
        return result

    def _require_format(self) -> None:
        with open(self.path, "rb") as file:
            head = file.read(len(_MAGIC))
        if head == _MAGIC or not head:
            return
        if head[:5] == b"DFS20" or head[:6] == b"SQLite":
            raise StoreError(
                "UnsupportedServer",
                f"Expected {self.path} to be a Durus FileStorage (SHELF-1); found one of another kind of storage.",
            )
        raise StoreError("ShapeMismatch", f"Expected {self.path} to be a Durus FileStorage; found something else.")

    def recover(self) -> None:
        """Removes the part of a commit that never finished."""
        text = files.read_own(self._note)
        if text is None:
            return
        note = json.loads(text)
        file = File(str(self.path))
        file.obtain_lock()
        try:
            if file.stat().st_ino == note["inode"] and _is_torn(file, note["size"]):
                file.seek(note["size"])
                file.truncate()
        finally:
            file.close()
        files.remove(self._note)


def _is_torn(file: Any, start: int) -> bool:
    """
    True if the write that started there never finished. Eight zeros at the start are an empty transaction to Durus:
    commits of an application behind them must stay.
    """
    file.seek(start)
    try:
        first = read_transaction_offsets(file)
        return first == {} and read_transaction_offsets(file) is None
    except (OSError, OverflowError, ValueError) as error:
        if not _is_misread(error):
            raise
        return True


def _is_locked(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno == errno.EAGAIN


def _is_misread(error: Exception) -> bool:
    """True if Durus treated other bytes as a length: it reads, or seeks, far beyond the end."""
    if isinstance(error, OSError) and error.errno == errno.EINVAL:
        return True
    # The distance decides which of these a seek raises; a JSONDecodeError is also a ValueError.
    return isinstance(error, (ShortRead, OverflowError)) or type(error) is ValueError
