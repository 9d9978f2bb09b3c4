"""A dbm.gnu file whose writer was killed as it made it longer."""

from __future__ import annotations

import dbm
import os
import unittest

from sessionstore import files
from sessionstore.errors import StoreError
from sessionstore.shelf import recovery, tables
from sessionstore.shelf.store import ShelfStore
from sessionstore.store.ShelveSessionStore import ShelveSessionStore

from .killed import Places, killed_after
from .shelves import ADOPT, HOUR, Session, ShelfCase, available, open_raw

LIVE = [f"live-{n}" for n in range(300)]


@unittest.skipUnless(available("gnu"), "no dbm.gnu")
class CutOff(ShelfCase):
    def cut_off(self) -> None:
        """
        The state after a kill between the two steps: some blocks more than the header says, as observed one time in
        300.
        """
        self.setUp()
        stale = {f"stale-{n}": Session("", 2 * HOUR) for n in range(300)}
        self.fill("gnu", {**stale, **{id: Session(id) for id in LIVE}})
        ShelfStore(self.shelf()).setup(ADOPT)
        self.path.chmod(0o640)
        os.truncate(self.path, self.path.stat().st_size + 4096)
        with open_raw("gnu", self.path) as database:
            self.assertEqual((database.firstkey(), database.get(b"live-1")), (None, None))

    def names(self) -> list[str]:
        found = [path.name for path in self.path.parent.iterdir() if path.suffix not in (".lock", ".setup")]
        return sorted(name for name in found if ".reserve-" not in name)

    def test_loses_nothing_whoever_opens_it(self) -> None:
        for use in ("Refuse", "Tolerate"):
            with self.subTest(use):
                self.cut_off()
                report = self.clean(self.shelf(while_in_use=use))
                self.assertEqual((report["deleted"], report["remaining"]), (300, 300))
                with open_raw("gnu", self.path) as database:
                    self.assertEqual(sorted(database.keys()), sorted(id.encode() for id in LIVE))
                self.assertEqual(self.path.stat().st_mode & 0o777, 0o640)
                self.assertEqual(self.names(), [".sessionstore-sessions.json", "sessions"])
        self.cut_off()
        store = ShelveSessionStore(str(self.path))
        self.assertEqual(store.load_session("live-7").id, "live-7")
        self.assertEqual(store.delete_old_sessions(60), (300, 300))

    def test_that_is_recovered_by_a_program_that_is_killed_at_any_step_loses_nothing(self) -> None:
        places: Places = [(files, "remove rename"), (tables, "create open_table"), (os, "fsync")]
        k, steps = 0, None
        while steps is None:
            k += 1
            self.cut_off()
            steps = killed_after(k, lambda: ShelfStore(self.shelf()).load("live-1"), places)
            self.assertEqual(len(self.ids(self.shelf())), 600, k)
        self.assertGreater(k, 6)

    def test_is_not_taken_for_empty_where_it_cannot_be_read_at_all(self) -> None:
        self.cut_off()
        with open(self.path, "r+b") as file:
            # Its directory of buckets.
            file.seek(4096)
            file.write(bytes(4096))
        with self.assertRaises(StoreError) as caught:
            self.clean(self.shelf())
        self.assertEqual(caught.exception.reason, "ShapeMismatch")

    def test_is_no_file_that_is_whole(self) -> None:
        for count in (0, 1, 3000):
            self.setUp()
            self.fill("gnu", {str(n): b"x" * 99 for n in range(count)})
            self.assertFalse(recovery.is_cut_off(self.path.read_bytes(), self.path.stat().st_size))
            self.assertEqual(dbm.whichdb(str(self.path)), "dbm.gnu")


if __name__ == "__main__":
    unittest.main()
