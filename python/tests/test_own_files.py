"""A FIFO, a link or a device in the place of a file of this project's ends a run with a sentence, and holds up nobody."""

from __future__ import annotations

import os
import signal
import unittest
from collections.abc import Callable
from pathlib import Path

from sessionstore.errors import StoreError
from sessionstore.shelf.store import ShelfStore

from .durus_case import DurusCase
from .shelves import ADOPT, HOUR, OWNER, Session, ShelfCase

REPLACEMENTS: list[Callable[[Path], None]] = [
    lambda path: os.mkfifo(path),
    lambda path: path.symlink_to("/dev/zero"),
    lambda path: path.mkdir(),
]


def hung(*_: object) -> None:
    raise TimeoutError


class OwnFiles(ShelfCase):
    def test_of_a_shelf(self) -> None:
        for put in REPLACEMENTS:
            for suffix in ("json", "lock", "setup", "reserve-0"):
                with self.subTest(suffix=suffix, put=put):
                    self.setUp()
                    self.fill("sqlite3", {"stale": Session("stale", 2 * HOUR)})
                    ShelfStore(self.shelf()).setup(ADOPT)
                    path = self.shelf().beside(suffix)
                    path.unlink()
                    put(path)
                    self.assertIn("PathInvalid", (refused(self._set_up), refused(self._clean_up)))

    def _set_up(self) -> None:
        ShelfStore(self.shelf()).setup(ADOPT)

    def _clean_up(self) -> None:
        self.clean(self.shelf(), owner=OWNER)


class OwnFilesOfDurus(DurusCase):
    def test_of_a_storage(self) -> None:
        for put in REPLACEMENTS:
            with self.subTest(put=put):
                self.setUp()
                self.fill({"stale": Session("stale", 2 * HOUR)})
                self.set_up()
                put(self.root / f".sessionstore-{self.path.name}.commit")
                self.assertEqual(refused(self.clean), "PathInvalid")


def refused(work: Callable[[], object]) -> str | None:
    """The reason; TimeoutError where it hangs."""
    before = signal.signal(signal.SIGALRM, hung)
    signal.alarm(10)
    try:
        work()
        return None
    except StoreError as error:
        return error.reason
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


if __name__ == "__main__":
    unittest.main()
