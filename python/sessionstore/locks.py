"""Processes that use a file: lock files among programs that take them, and the kernel's knowledge of other programs."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import files
from .errors import StoreError

_BEGINNING = 1 << 16
_LOCAL = {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "tmpfs", "overlay", "bcachefs"}


@contextmanager
def lock_file(path: Path, timeout: float = 30) -> Iterator[None]:
    """
    Holds the lock file: among all programs that take it, and among threads, because each opens it separately. The file
    stays, because removing it would let two in. LockTimeout after so many seconds.
    """
    fd = _opened(path)
    try:
        if not attempt(lambda: _flock(fd), timeout):
            raise StoreError("LockTimeout", f"Expected to get {path} within {timeout:g} s; another program holds it.")
        try:
            yield
        finally:
            # Closing is not enough: a process that another thread forked in the meantime also has it open.
            fcntl.flock(fd, fcntl.LOCK_UN)
    finally:
        os.close(fd)


def _opened(path: Path) -> int:
    try:
        # NFS gives an exclusive lock only to a process with write access.
        return files.open_own(path, os.O_RDWR | os.O_CREAT)
    except PermissionError:
        return files.open_own(path, os.O_RDONLY | os.O_CREAT)


def attempt(try_once: Callable[[], bool], timeout: float) -> bool:
    """Tries until the result is true: at once, then more and more rarely, at most every 20 ms."""
    deadline = time.monotonic() + timeout
    pause = 0.0005
    while not try_once():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
        pause = min(pause * 1.5, 0.02)
    return True


def _flock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Lease:
    """
    The kernel's guarantee that no other process of this node has the files open (fcntl(2), F_SETLEASE). A process that
    opens one in the meantime waits until it is closed here, at most /proc/sys/fs/lease-break-time; `wanted` is then
    true.
    """

    def __init__(self) -> None:
        self.wanted = False
        self.is_blind = False
        """
        True if the kernel gave no answer: it answers only the owner of a file, and for some file systems no process.
        """
        self._held: list[int] = []
        signal.signal(signal.SIGIO, self._on_open)

    def _on_open(self, *_: object) -> None:
        self.wanted = True

    def take(self, paths: list[Path]) -> bool | None:
        """Takes leases of files that this process has open, until it closes them. False: in use. Otherwise None."""
        self.wanted = False
        self._held = _open_files(paths)
        for fd in self._held:
            try:
                fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            except OSError as error:
                if error.errno == errno.EAGAIN:
                    return False
                self.is_blind = True
                return None
        return True

    def beginning(self) -> bytes:
        """The first bytes of the held file; opening the file again would lose the lease."""
        return os.pread(self._held[0], _BEGINNING, 0)


def beginning_of(path: Path) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return os.pread(file.fileno(), _BEGINNING, 0)


def _open_files(paths: list[Path]) -> list[int]:
    """The descriptors under which this process has the files open."""
    inodes = {files.identity_of(path) for path in paths} - {None}
    return [fd for fd, identity in _descriptors() if identity in inodes]


def has_open(identity: tuple[int, int]) -> bool:
    """True if this process has that file open."""
    return any(found == identity for _, found in _descriptors())


def _descriptors() -> Iterator[tuple[int, tuple[int, int] | None]]:
    for fd in map(int, os.listdir("/proc/self/fd")):
        yield fd, files.identity_of(fd)


def is_local(path: Path) -> bool:
    """True if the file system belongs to one node alone, judged by its kind: leases and shared memory work there."""
    best, kind = -1, ""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as mounts:
        for line in mounts:
            fields = line.split(" ")
            point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
            # A mount over another one comes later.
            if len(point) >= best and (point == "/" or path.is_relative_to(point)):
                best, kind = len(point), fields[fields.index("-") + 1]
    return kind in _LOCAL
