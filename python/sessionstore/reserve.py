"""Space that is kept beside a store, because deleting sessions on a full volume first needs some space."""

from __future__ import annotations

import os
from pathlib import Path

from . import files
from .errors import NoRoom

_FILES = 3
"""Number of new files that a clean-up creates: SQLite creates two, each with its own inode."""

_LEAST = 65_536


class Reserve:
    """
    Files of zeros beside the store. They are removed when there is no room, and created again at the end of a run.
    """

    def __init__(self, beside: Path, size: int) -> None:
        self._paths = [beside.with_name(f"{beside.name}.reserve-{n}") for n in range(_FILES)]
        self.size = max(size, _LEAST)

    def make(self) -> bool:
        """Creates the missing part of the reserve; returns True if it is complete."""
        return all([self._make_one(path, -(-self.size // _FILES)) for path in self._paths])

    def give_up_if_full(self) -> None:
        """Checked before a file is changed, because a write that fails half-way corrupts some kinds."""
        found = os.statvfs(self._paths[0].parent)
        needed = max(self.size, sum(map(files.size_of, self._paths)))
        # Some file systems have no limit of files, and report 0 of 0.
        if found.f_bavail * found.f_frsize < needed or (found.f_files and found.f_favail < _FILES):
            self.give_up()

    def give_up(self) -> bool:
        """Removes the reserve; returns True if there was any."""
        found = [path for path in self._paths if files.inode_of(path) is not None]
        for path in found:
            files.remove(path)
        return bool(found)

    def note(self) -> str:
        return (
            f"There is no room to keep {self.size} bytes beside the store, which a clean-up needs before it deletes: make "
            "room on the volume."
        )

    def too_little(self, what: str, error: NoRoom) -> NoRoom:
        """The error with the needed amount of space."""
        return NoRoom(
            f"Expected room for {self.size} bytes on the volume of {what}, which it takes to delete from it; found none "
            f"({error.found}). No session was lost. Make room, or raise the quota.",
            error.found,
        )

    def _make_one(self, path: Path, size: int) -> bool:
        inode = files.inode_of(path)
        if inode is not None and path.lstat().st_size >= size:
            return True
        files.remove(path)
        try:
            fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | files.NEVER_WAITING, 0o660)
        except FileExistsError:
            # Another run is creating it.
            return True
        except OSError as error:
            return _without_room(error)
        try:
            os.posix_fallocate(fd, 0, size)
        except OSError as error:
            files.remove(path)
            return _without_room(error)
        finally:
            os.close(fd)
        return True


def _without_room(error: OSError) -> bool:
    if not files.is_full(error):
        raise error
    return False
