"""The file of a Durus FileStorage, which one process has open at a time."""

from __future__ import annotations

import errno
import json
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from durus.file import File
from durus.file_storage import FileStorage
from durus.shelf import Shelf
from durus.utils import ShortRead

from .. import files
from ..errors import StoreError
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

    def open(self) -> Any:
        """A FileStorage; LockTimeout where another process has it, and nobody may be asked to let go."""
        self._require_format()
        try:
            self._recover()
            return FileStorage(str(self.path))
        except ShortRead as error:
            raise StoreError(
                "ShapeMismatch",
                f"Expected {self.path} to end with a whole transaction; it does not, as a program was killed while it "
                "wrote. Open it once with `durus -s --repair`, which takes the last one off.",
            ) from error
        except OSError as error:
            if error.errno != errno.EAGAIN:
                raise
            raise StoreError(
                "LockTimeout",
                f"Expected nobody to have {self.path} open; another process has. Clean up while it is scaled down, or "
                "name the Durus server that has it open.",
            ) from error

    @contextmanager
    def committing(self) -> Iterator[None]:
        """What is written within is whole, or is taken off by the next run."""
        found = self.path.stat()
        files.write_whole(self._note, json.dumps({"inode": found.st_ino, "size": found.st_size}).encode())
        yield
        with open(self.path, "rb") as file:
            os.fsync(file.fileno())
        files.remove(self._note)

    def pack(self, storage: Any) -> None:
        """Writes what can be reached to a new file, which takes the old one's place in one step."""
        temporary = self.path.with_name(f".sessionstore-{self.path.name}.pack")
        files.remove(temporary)
        new = File(str(temporary))
        for _ in Shelf.generate_shelf(new, storage.gen_oid_record(start_oid=ROOT)):
            pass
        new.flush()
        new.fsync()
        old = self.path.stat()
        os.fchmod(new.file.fileno(), old.st_mode & 0o7777)
        if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()) and os.geteuid() == 0:
            os.fchown(new.file.fileno(), old.st_uid, old.st_gid)
        files.rename(temporary, self.path)
        new.close()

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

    def _recover(self) -> None:
        try:
            note = json.loads(self._note.read_text("utf-8"))
        except FileNotFoundError:
            return
        file = File(str(self.path))
        file.obtain_lock()
        try:
            size, start = len(file), note["size"]
            if file.stat().st_ino == note["inode"] and size > start and not _is_whole(file, start, size):
                file.seek(start)
                file.truncate()
        finally:
            file.close()
        files.remove(self._note)


def _is_whole(file: Any, start: int, size: int) -> bool:
    file.seek(start)
    head = file.read(8)
    length: int = struct.unpack(">Q", head)[0] if len(head) == 8 else 0
    return length > 0 and start + 8 + length <= size
