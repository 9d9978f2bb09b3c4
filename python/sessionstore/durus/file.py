"""The file of a Durus FileStorage, which one process has open at a time."""

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
    Durus writes a transaction's length last, so a program that is killed before leaves a file nobody can open. What
    is written here is noted beside the file first: the next run takes such an end off.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._note = path.with_name(f".sessionstore-{path.name}.commit")
        self._packing = path.with_name(f".sessionstore-{path.name}.pack")

    def open(self) -> Any:
        """A FileStorage; LockTimeout where another process has it, and nobody may be asked to let go."""
        self._require_format()
        try:
            self.recover()
            storage = FileStorage(str(self.path))
        except (OSError, OverflowError, ValueError) as error:
            if _is_locked(error):
                raise StoreError(
                    "LockTimeout",
                    f"Expected nobody to have {self.path} open; another process has. Clean up while it is scaled down, "
                    "or name the Durus server that has it open.",
                ) from error
            if not _is_misread(error):
                raise
            raise StoreError(
                "ShapeMismatch",
                f"Expected {self.path} to end with a whole transaction; it does not, as a program was killed while it "
                "wrote. Open it once with `durus -s --repair`, which takes the last one off.",
            ) from error
        # It is this process's alone now: what lies beside it is a killed run's.
        for leftover in [*files.named(self._note, ".*"), self._packing]:
            files.remove(leftover)
        return storage

    def require_same(self, storage: Any) -> None:
        """StoreChanged where what lies at the path is no longer the file that this storage has open."""
        if files.identity_of(self.path) != files.identity_of(storage.shelf.get_file().file.fileno()):
            raise StoreChanged(str(self.path))

    def reserve(self, size: int) -> Reserve:
        return Reserve(self.path.with_name(f".sessionstore-{self.path.name}"), size)

    @contextmanager
    def committing(self, storage: Any) -> Iterator[None]:
        """What is written within is whole, or is taken off by the next run."""
        self.require_same(storage)
        found = self.path.stat()
        files.write_whole(self._note, json.dumps({"inode": found.st_ino, "size": found.st_size}).encode())
        yield
        with open(self.path, "rb") as file:
            os.fsync(file.fileno())
        files.remove(self._note)

    def packed(self, storage: Any) -> Any:
        """A storage of what can be reached, in a new file, which takes the old one's place in one step."""
        new = File(str(self._packing))
        try:
            files.take_after(new.file.fileno(), self.path)
            for _ in Shelf.generate_shelf(new, storage.gen_oid_record(start_oid=ROOT)):
                pass
            new.flush()
            new.fsync()
            result = FileStorage(new)
            # Another storage that somebody has put there must not be replaced by this one.
            self.require_same(storage)
            files.rename(self._packing, self.path)
            old = storage.shelf.get_file().file.fileno()
            if os.fstat(old).st_nlink == 0:
                # It stays open, and would keep its space as long.
                os.ftruncate(old, 0)
        except BaseException:
            # It may be what fills the disk.
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
        """Takes off what was written of a commit that never ended."""
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
    Whether what was begun there never ended. A beginning of eight zeros is an empty transaction to Durus: what an
    application has committed behind it since must stay.
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
    """Whether Durus took something for a length that is none: it reads, or seeks, beyond all ends."""
    if isinstance(error, OSError) and error.errno == errno.EINVAL:
        return True
    # Which of them a seek raises depends on how far beyond; a JSONDecodeError is a ValueError, too.
    return isinstance(error, (ShortRead, OverflowError)) or type(error) is ValueError
