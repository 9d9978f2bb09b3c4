"""File operations of set-up: each is durable and done completely or not at all. Tests kill the program after each."""

from __future__ import annotations

import errno
import glob
import os
import stat
import uuid
from pathlib import Path

from .errors import NoRoom, StoreError

_BUSY = "EIO ENOSPC EDQUOT ESTALE EBUSY EMFILE ENFILE ENOMEM ETIMEDOUT ENOLCK".split()


NEVER_WAITING = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""Opening never waits, even for a FIFO or a device."""

_LONGEST = 1 << 20


def store_error(error: OSError) -> StoreError:
    """The error of a file system, with the fitting reason and the remedy."""
    code = errno.errorcode.get(error.errno or 0, type(error).__name__)
    who = f"uid {os.geteuid()}, gid {os.getegid()}"
    what = f"Expected {error.filename or 'a file of the store'} to be usable as {who}; found {code}."
    if code in ("EACCES", "EPERM"):
        return StoreError("VolumeUnusable", f"{what} Run as the files' owner: set pod.securityContext.runAsUser.")
    if is_full(error):
        return NoRoom(f"{what} Make room on the volume, or raise the quota.", code)
    if code == "EROFS":
        return StoreError("ReadOnly", f"{what} Mount the volume so that it can be written.")
    if code in ("ENOTDIR", "ELOOP", "ENAMETOOLONG", "EISDIR"):
        return StoreError("PathInvalid", f"{what} Name another path.")
    return StoreError("VolumeBusy" if code in _BUSY else "InternalError", what)


def is_full(error: OSError) -> bool:
    """True if there was no room: no blocks, inodes or quota."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def check_path(root: Path, path: Path) -> None:
    """
    Raises PathInvalid if the path leaves the root, through `..` or a symbolic link, or contains a component that is not
    a folder.
    """
    if path == root or root not in path.parents or ".." in path.parts:
        raise StoreError("PathInvalid", f"Expected a path below {root}; found {path}. Name another path.")
    folder = path.parent
    while folder != root:
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise StoreError("PathInvalid", f"Expected {folder} to be a folder; found something else. Name another path.")
        folder = folder.parent


def inode_of(path: Path) -> int | None:
    """The inode of a regular file; None if there is no file; PathInvalid for any other kind."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise StoreError("PathInvalid", f"Expected {path} to be a file; found something else. Name another path.")
    return found.st_ino


def open_own(path: Path, flags: int, mode: int = 0o666) -> int:
    """
    Opens a file of this project. PathInvalid for a link, a FIFO, a device, a socket or a folder in its place, because
    opening or reading one could block a run indefinitely.
    """
    try:
        fd = os.open(path, flags | NEVER_WAITING, mode)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR):
            raise _not_regular(path) from error
        raise
    if stat.S_ISREG(os.fstat(fd).st_mode):
        return fd
    os.close(fd)
    raise _not_regular(path)


def read_own(path: Path) -> str | None:
    """The readable text of a file of this project; None if there is no file."""
    try:
        fd = open_own(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    with open(fd, "rb") as file:
        return file.read(_LONGEST).decode("utf-8", "replace")


def _not_regular(path: Path) -> StoreError:
    return StoreError(
        "PathInvalid",
        f"Expected {path} to be a regular file; found a link, a FIFO or something else. Remove it, and let set-up run again.",
    )


def identity_of(file: Path | int) -> tuple[int, int] | None:
    """The identity of a file, by path or descriptor; None if there is no such file any more."""
    found = _stat(file)
    return found and (found.st_dev, found.st_ino)


def size_of(path: Path) -> int:
    """The size in bytes; 0 if there is no file."""
    found = _stat(path)
    return found.st_size if found else 0


def version_of(path: Path) -> tuple[int, ...] | None:
    """The identity of a file that is always replaced as a whole, with its size and time of change."""
    found = _stat(path)
    return found and (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def _stat(file: Path | int) -> os.stat_result | None:
    try:
        return os.fstat(file) if isinstance(file, int) else os.lstat(file)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EBADF):
            raise
        return None


def make_folder(path: Path, root: Path) -> None:
    """Creates the folder and its parents, up to the root."""
    if path == root or path.is_dir():
        return
    make_folder(path.parent, root)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def copy_owner_and_mode(fd: int, path: Path) -> None:
    """
    Gives a new file the owner, group and mode of the file that it replaces, so that the same users can access it;
    VolumeUnusable if it would belong to another user.
    """
    old, new = path.stat(), os.fstat(fd)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        try:
            os.fchown(fd, old.st_uid, old.st_gid)
        except PermissionError as error:
            raise StoreError(
                "VolumeUnusable",
                f"Expected to run as uid {old.st_uid} and in group {old.st_gid}, whose {path} is to be replaced; found "
                f"uid {os.geteuid()}. Set pod.securityContext.runAsUser and runAsGroup.",
            ) from error
    os.fchmod(fd, old.st_mode & 0o7777)


def write_whole(path: Path, data: bytes, like: Path | None = None) -> None:
    """Replaces or creates the file, with the owner and mode of `like`."""
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        with open(temporary, "xb") as file:
            if like:
                copy_owner_and_mode(file.fileno(), like)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        rename(temporary, path)
    except (StoreError, OSError):
        # This file may be the one that fills the disk.
        remove(temporary)
        raise


def rename(source: Path, target: Path) -> None:
    os.rename(source, target)
    sync_folder(target.parent)


def link_new(source: Path, target: Path) -> bool:
    """Gives a file its name; returns True if the name was free."""
    try:
        os.link(source, target)
    except FileExistsError:
        return False
    sync_folder(target.parent)
    return True


def named(path: Path, pattern: str) -> list[Path]:
    """The files beside the path with names that start with its name and continue with the pattern."""
    return list(path.parent.glob(glob.escape(path.name) + pattern))


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
