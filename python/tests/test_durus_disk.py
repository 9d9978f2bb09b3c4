"""A Durus storage on a disk that is full, or whose owner is another: what was there stays, and can be used."""

from __future__ import annotations

import os
import resource
import signal
import unittest
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from .durus_case import LIVE, STALE, DurusCase, clean
from durus.file import File

from sessionstore.errors import StoreError

from .shelves import ADOPT, Session
from .small_volume import BLOCKS, INODES, fill, make_room, mounted


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """To write beyond fails, as on a full disk."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


class FullDisk(DurusCase):
    def test_loses_nothing_that_is_saved_once_there_is_room_again(self) -> None:
        for form in ("Session3", "Safe"):
            for extra in (0, 3, 8, 30, 700):
                with self.subTest(form=form, extra=extra):
                    self.setUp()
                    self.set_up(form=form)
                    with closing(self.store()) as store:
                        store.save("before", os.urandom(1000))
                        with largest_file(self.path.stat().st_size + extra), self.assertRaises(OSError):
                            store.save("lost", os.urandom(3000))
                        store.save("since", os.urandom(1000))
                    with closing(self.store()) as store:
                        self.assertEqual({id for id, _ in store.sessions()}, {"before", "since"})

    def test_is_left_as_the_application_can_open_it_by_a_clean_up_that_fails(self) -> None:
        self.fill({**STALE, **LIVE})
        self.set_up()
        with largest_file(self.path.stat().st_size + 50), self.assertRaises(OSError):
            self.clean()
        self.assertEqual(len(self.loaded()["sessions"]), len(STALE) + len(LIVE))

    def test_is_not_filled_by_a_packing_that_fails(self) -> None:
        self.fill({**STALE, **LIVE})
        self.set_up()
        with closing(self.store(pack=True)) as store, patch.object(File, "fsync", side_effect=OSError(28, "full")):
            report = clean(store)
        self.assertRegex(report["notes"][0], "was not given back: packing .* no room")
        self.assertEqual(self.names(), ["sessions.durus"])


@unittest.skipUnless(os.geteuid() == 0, "only root can mount")
class FullVolume(DurusCase):
    def test_is_cleaned_with_the_space_that_is_kept_and_packed_into_what_that_gives_back(self) -> None:
        for form, options in ((f, o) for f in ("Session3", "Safe") for o in (BLOCKS, INODES)):
            with self.subTest(form=form, options=options), mounted(options) as root:
                self._set_up(form, root)
                fill(root)
                report = self.clean(form=form, pack=True)
                self.assertEqual((report["deleted"], report["remaining"]), (len(STALE), len(LIVE)))
                self.assertNotIn("not given back", "".join(report["notes"]))
                # The freed space is available to the application.
                with closing(self.store(form=form)) as store:
                    store.save("since", b"x")
                    self.assertEqual({id for id, _ in store.sessions()}, {*LIVE, "since"})

    def test_without_that_space_keeps_all_and_says_how_much_is_needed(self) -> None:
        with mounted(BLOCKS) as root:
            self._set_up("Session3", root)
            for path in root.glob(".sessionstore-*.reserve-*"):
                path.unlink()
            fill(root)
            with self.assertRaisesRegex(StoreError, r"Expected room for \d+ bytes on the volume") as caught:
                self.clean()
            self.assertEqual(caught.exception.reason, "VolumeBusy")
            make_room(root)
            with closing(self.store()) as store:
                self.assertEqual({id for id, _ in store.sessions()}, {*STALE, *LIVE})

    def _set_up(self, form: str, root: Path) -> None:
        self.root, self.path = root, root / "sessions.durus"
        self.fill({**STALE, **LIVE})
        self.assertEqual(len(self.set_up(replace(ADOPT, migrate=True), form=form)["notes"]), int(form == "Safe"))


class Owner(DurusCase):
    def test_of_the_file_stays_when_it_is_packed_and_nobody_elses_replaces_it(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("only root can be two users")
        self.fill({"a": Session("a", 7200), "b": Session("b")})
        os.chmod(self.root, 0o777)
        os.chown(self.path, 1000, 2000)
        self.path.chmod(0o660)

        def pack() -> None:
            self.clean(pack=True, owner=None)

        self.assertEqual(as_user(1001, 1001, [2000], pack), "VolumeUnusable")
        self.assertEqual(self.names(), ["sessions.durus"])
        for uid, gid, groups in ((1000, 1001, [2000]), (0, 0, [0])):
            self.assertEqual(as_user(uid, gid, groups, pack), "done")
            found = self.path.stat()
            self.assertEqual((found.st_uid, found.st_gid, found.st_mode & 0o777), (1000, 2000, 0o660))


def as_user(uid: int, gid: int, groups: list[int], work: Callable[[], None]) -> str:
    """The result of the work, in a process of that user."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups(groups)
        os.setgid(gid)
        os.setuid(uid)
        try:
            work()
            end = "done"
        except StoreError as error:
            end = error.reason
        except BaseException as error:
            end = repr(error)
        os.write(writer, end.encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with open(reader, encoding="utf-8") as told:
        return told.read()


if __name__ == "__main__":
    unittest.main()
