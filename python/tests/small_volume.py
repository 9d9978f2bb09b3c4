"""Real file systems that a test can fill; only root can mount them."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BLOCKS = ("size=4m",)
INODES = ("nr_inodes=60",)


@contextmanager
def mounted(options: tuple[str, ...]) -> Iterator[Path]:
    root = tempfile.mkdtemp(prefix="sessionstore-small-", dir="/var/tmp")
    subprocess.run(["mount", "-t", "tmpfs", "-o", *options, "none", root], check=True)
    try:
        yield Path(root)
    finally:
        # Lazily: a test that failed may have a file open.
        subprocess.run(["umount", "--lazy", root], check=True)
        os.rmdir(root)


def fill(root: Path) -> None:
    """Leaves neither a block nor an inode."""
    for size in (65_536, 4096, 1):
        number = 0
        while _is_written(root / f"fill-{size}-{number}", size):
            number += 1


def make_room(root: Path) -> None:
    for path in root.glob("fill-*"):
        path.unlink()


def _is_written(path: Path, size: int) -> bool:
    try:
        with open(path, "wb", buffering=0) as file:
            return file.write(bytes(size)) == size
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False
