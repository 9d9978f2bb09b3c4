"""The lock file: the order in which it is granted, while other processes have it open."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import unittest
from unittest.mock import patch

from sessionstore.errors import StoreError
from sessionstore.locks import lock_file
from sessionstore.shelf.access import opened
from sessionstore.shelf.kinds import KINDS
from sessionstore.shelf.store import ShelfStore

from .shelves import ADOPT, ShelfCase, available


class LockFile(ShelfCase):
    def test_is_free_again_though_a_process_was_forked_while_another_thread_held_it(self) -> None:
        """As a server does that forks workers: they have open whatever was open then, as long as they live."""
        for kind in filter(available, KINDS):
            with self.subTest(kind):
                self.setUp()
                shelf = self.shelf(kind=kind, form="Safe")
                ShelfStore(shelf).setup(ADOPT)
                inside, forked = threading.Event(), threading.Event()

                def hold(shelf=shelf, kind=kind, inside=inside, forked=forked) -> None:  # type: ignore[no-untyped-def]
                    with opened(shelf, kind) as table:
                        table.put(b"a", b"{}")
                        inside.set()
                        forked.wait()

                thread = threading.Thread(target=hold)
                thread.start()
                inside.wait()
                worker = os.fork()
                if worker == 0:
                    signal.pause()
                forked.set()
                thread.join()
                try:
                    with opened(shelf, kind, timeout=1) as table:
                        self.assertEqual(table.get(b"a"), b"{}")
                finally:
                    os.kill(worker, signal.SIGKILL)
                    os.waitpid(worker, 0)

    def test_is_open_for_writing_as_an_exclusive_lock_on_nfs_demands_and_for_reading_where_it_is_anothers(self) -> None:
        path, modes, flock = self.root / "lock", list[int](), fcntl.flock

        def seen(fd: int, operation: int) -> None:
            modes.append(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE)
            flock(fd, operation)

        def denied(name: object, flags: int, mode: int = 0o777) -> int:
            if flags & os.O_RDWR:
                raise PermissionError
            return opening(name, flags, mode)  # type: ignore[arg-type]

        opening = os.open
        with patch("fcntl.flock", seen):
            with lock_file(path):
                pass
            with patch("os.open", denied), lock_file(path):
                pass
        self.assertEqual(set(modes[:2]), {os.O_RDWR})
        self.assertEqual(set(modes[2:]), {os.O_RDONLY})

    def test_that_is_held_says_so_and_is_free_once_its_holder_was_killed(self) -> None:
        path = self.root / "lock"
        reader, writer = os.pipe()
        holder = os.fork()
        if holder == 0:
            with lock_file(path):
                os.write(writer, b"x")
                signal.pause()
        os.read(reader, 1)
        with self.assertRaises(StoreError) as caught, lock_file(path, 0.1):
            pass
        self.assertEqual(caught.exception.reason, "LockTimeout")
        os.kill(holder, signal.SIGKILL)
        os.waitpid(holder, 0)
        with lock_file(path, 0.1):
            pass


if __name__ == "__main__":
    unittest.main()
