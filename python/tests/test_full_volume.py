"""Stores on a volume that is full: old sessions go, and no live one is lost."""

from __future__ import annotations

import os
import unittest
from pathlib import Path

from sessionstore.errors import StoreError
from sessionstore.shelf.kinds import KINDS, Kind
from sessionstore.shelf.store import ShelfStore

from .shelves import ADOPT, HOUR, Session, ShelfCase, available
from .small_volume import BLOCKS, INODES, fill, make_room, mounted

STALE = {f"stale-{n}": Session(f"stale-{n}" * 30, 2 * HOUR) for n in range(300)}
LIVE = {f"live-{n}": Session(f"live-{n}" * 30) for n in range(50)}


@unittest.skipUnless(os.geteuid() == 0, "only root can mount")
class FullVolume(ShelfCase):
    def test_is_cleaned_of_a_shelf_s_old_sessions(self) -> None:
        for kind in filter(available, KINDS):
            for options in (BLOCKS, INODES):
                with self.subTest(kind=kind, options=options), mounted(options) as root:
                    self._set_up(kind, root)
                    fill(root)
                    report = self.clean(self.shelf())
                    self.assertEqual((report["deleted"], report["remaining"]), (len(STALE), len(LIVE)))
                    # To open a file of SQLite takes some, too.
                    make_room(root)
                    self.assertEqual(set(self.ids(self.shelf())), set(LIVE))

    def test_without_the_space_that_is_kept_loses_nothing_and_says_how_much_is_needed(self) -> None:
        for kind in filter(available, KINDS):
            for options in (BLOCKS, INODES):
                with self.subTest(kind=kind, options=options), mounted(options) as root:
                    self._set_up(kind, root)
                    for path in self.path.parent.glob(".sessionstore-sessions.reserve-*"):
                        path.unlink()
                    fill(root)
                    try:
                        report = self.clean(self.shelf())
                        self.assertEqual(report["deleted"], len(STALE))
                    except StoreError as error:
                        self.assertEqual(error.reason, "VolumeBusy")
                        self.assertRegex(error.message, r"room for \d+ bytes on the volume")
                    make_room(root)
                    # The run leaves no file that fills the volume either.
                    self.assertEqual([path for path in self.path.parent.iterdir() if ".dir." in path.name], [])
                    self.assertGreaterEqual(set(self.ids(self.shelf())), set(LIVE))
                    self.assertLessEqual(set(self.ids(self.shelf())), {*LIVE, *STALE})
                    self.clean(self.shelf())
                    self.assertEqual(set(self.ids(self.shelf())), set(LIVE))

    def _set_up(self, kind: Kind, root: Path) -> None:
        self.root, self.path = root, root / "shop" / "sessions"
        self.path.parent.mkdir()
        self.fill(kind, {**STALE, **LIVE})
        self.assertEqual(ShelfStore(self.shelf()).setup(ADOPT)["notes"], [])


if __name__ == "__main__":
    unittest.main()
