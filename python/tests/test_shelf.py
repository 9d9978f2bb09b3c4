"""Clean-up and use of a shelf of each kind of dbm."""

from __future__ import annotations

import pickle
import unittest
from contextlib import closing

from sessionstore.errors import StoreError
from sessionstore.marks import Options, Owner
from sessionstore.shelf.access import mode_of
from sessionstore.shelf.kinds import KINDS, Kind, kind_of
from sessionstore.shelf.store import ShelfStore

from .shelves import ADOPT, HOUR, Session, ShelfCase, as_shelve, available, long_ago, open_raw

STALE = {f"stale-{n}": Session(f"stale-{n}", 2 * HOUR) for n in range(300)}
LIVE = {f"live-{n}": Session(f"live-{n}", n) for n in range(200)}
ODD = {"ageless": pickle.dumps({"user": "x"}), "hostile": b"\x80\x02cos\nsystem\nU\x04true\x85R.", "broken": b"\x80"}


class EachKind(ShelfCase):
    def test_is_recognized(self) -> None:
        for kind in filter(available, KINDS):
            with self.subTest(kind):
                self.setUp()
                self.fill(kind, LIVE)
                self.assertEqual(kind_of(self.path), kind)

    def test_loses_its_old_sessions_and_keeps_the_others_and_what_nobody_can_read(self) -> None:
        for kind in filter(available, KINDS):
            with self.subTest(kind):
                self.setUp()
                self.fill(kind, {**STALE, **LIVE, **ODD})
                shelf = self.shelf()
                ShelfStore(shelf).setup(ADOPT)
                kept = sorted([*LIVE, *ODD])
                dry = self.clean(shelf, dry_run=True)
                self.assertEqual((dry["deleted"], dry["overdue"], dry["remaining"]), (0, 300, 503))
                self.assertIn("oldestStale", dry)
                report = self.clean(shelf)
                goal = {"deleted": 300, "overdue": 0, "unreadable": 3, "complete": True, "dryRun": False}
                self.assertEqual(report, {**goal, "notes": [], "remaining": 203})
                self.assertEqual(self.ids(shelf), kept)
                self.assertEqual(self.clean(shelf)["deleted"], 0)
                with closing(open_raw(kind, self.path)) as database:
                    if kind != "sqlite3":
                        self.assertEqual(pickle.loads(database[b"live-7"]).id, "live-7")

    def test_saves_loads_deletes_and_lists_whatever_bytes(self) -> None:
        for kind in filter(available, KINDS):
            with self.subTest(kind):
                self.setUp()
                store = ShelfStore(self.shelf(kind=kind))
                self.assertEqual(store.setup(ADOPT)["outcome"], "Created")
                goal = {"a": b"", "ä/../ö\0": b"{}", "c": pickle.dumps([1]), "big": bytes(range(256)) * 4000}
                for id, payload in goal.items():
                    store.save(id, b"first")
                    store.save(id, payload)
                self.assertEqual({id: store.load(id) for id in goal}, goal)
                self.assertEqual(dict(store.sessions()), goal)
                self.assertTrue(store.has("a"))
                store.delete("a")
                store.delete("a")
                self.assertFalse(store.has("a"))
                self.assertIsNone(store.load("a"))
                self.assertIsNone(store.load("b"))

    def test_lets_what_our_class_saved_grow_old_whatever_it_is(self) -> None:
        for kind in filter(available, KINDS):
            with self.subTest(kind):
                self.setUp()
                shelf = self.shelf(kind=kind)
                store = ShelfStore(shelf)
                store.setup(ADOPT)
                with long_ago():
                    store.save("old", b"{}")
                store.save("new", b"{}")
                self.assertEqual(self.clean(shelf)["deleted"], 1)
                self.assertEqual(self.ids(shelf), ["new"])

    def test_is_loaded_by_shelve_where_our_class_saved_a_pickle(self) -> None:
        for kind in filter(available, set(KINDS) - {"sqlite3"}):
            with self.subTest(kind):
                self.setUp()
                store = ShelfStore(self.shelf(kind=kind))
                store.setup(ADOPT)
                store.save("a", pickle.dumps(Session("a")))
                with as_shelve(kind, self.path) as shelf:
                    self.assertEqual(shelf["a"].id, "a")
                    shelf["b"] = Session("b")
                self.assertEqual(pickle.loads(store.load("b") or b"").id, "b")


class CleanUp(ShelfCase):
    def test_of_what_is_not_marked_or_anothers_deletes_nothing(self) -> None:
        self.fill("dumb", STALE)
        for setup, reason in ((None, "StoreMissing"), (Owner("test", "shop", "other"), "Conflict")):
            if setup:
                ShelfStore(self.shelf()).setup(Options(setup, "Adopt"))
            with self.assertRaises(StoreError) as caught:
                self.clean(self.shelf())
            self.assertEqual(caught.exception.reason, reason)
        self.assertEqual(len(self.ids(self.shelf())), len(STALE))

    def test_by_a_program_itself_needs_no_mark(self) -> None:
        self.fill("dumb", STALE)
        self.assertEqual(self.clean(self.shelf(), owner=None)["deleted"], 300)

    def test_of_nothing_says_so(self) -> None:
        with self.assertRaises(StoreError) as caught:
            self.clean(self.shelf())
        self.assertEqual(caught.exception.reason, "StoreMissing")

    def test_of_what_is_no_shelf_says_so(self) -> None:
        self.path.write_text("no shelf")
        with self.assertRaises(StoreError) as caught:
            self.clean(self.shelf(), owner=None)
        self.assertEqual(caught.exception.reason, "ShapeMismatch")

    def test_through_a_symbolic_link_is_refused(self) -> None:
        (self.root / "link").symlink_to("/etc")
        self.path = self.root / "link" / "sessions"
        with self.assertRaises(StoreError) as caught:
            ShelfStore(self.shelf()).setup(ADOPT)
        self.assertEqual(caught.exception.reason, "PathInvalid")

    def test_keeps_a_session_of_the_far_future_and_counts_it(self) -> None:
        self.fill("dumb", {"future": Session("future", -10 * 86_400)})
        self.assertEqual(self.clean(self.shelf(), owner=None)["unreadable"], 1)

    def test_in_use_is_for_kinds_that_lock_only(self) -> None:
        tolerate = self.shelf(while_in_use="Tolerate")
        kinds: list[Kind] = ["gnu", "sqlite3"]
        for kind in kinds:
            self.assertEqual(mode_of(tolerate, kind, "Session3", local=True), "Tolerated")
        refused: list[tuple[Kind, bool]] = [("ndbm", True), ("dumb", True), ("sqlite3", False)]
        for kind, local in refused:
            with self.assertRaises(StoreError) as caught:
                mode_of(tolerate, kind, "Session3", local)
            self.assertEqual(caught.exception.reason, "UnsupportedServer")
            self.assertIn("form: Safe", caught.exception.message)
            self.assertEqual(mode_of(tolerate, kind, "Safe", local), "Locked")
            self.assertEqual(mode_of(self.shelf(), kind, "Session3", local), "Exclusive")
        together = self.shelf(while_in_use="Tolerate", colocated=True)
        self.assertEqual(mode_of(together, "sqlite3", "Session3", local=False), "Tolerated")

    def test_is_refused_while_a_program_has_the_shelf_open(self) -> None:
        for kind in filter(available, KINDS):
            if kind == "dumb":
                continue  # It has no file open between two calls: nobody can tell.
            with self.subTest(kind):
                self.setUp()
                self.fill(kind, STALE)
                with open(self.path if self.path.exists() else f"{self.path}.db", "rb"):
                    run = ShelfStore(self.shelf()).cleaner(None, HOUR, False)
                    with self.assertRaises(StoreError) as caught:
                        run.step(1)
                self.assertEqual(caught.exception.reason, "LockTimeout")
                self.assertEqual(len(self.ids(self.shelf())), len(STALE))

    def test_walks_on_where_the_next_key_was_deleted_between_two_steps(self) -> None:
        if not available("gnu"):
            self.skipTest("no dbm.gnu")
        self.fill("gnu", {**STALE, **LIVE})
        run = ShelfStore(self.shelf()).cleaner(None, HOUR, False)
        run.step(0)
        with closing(open_raw("gnu", self.path)) as database:
            for key in list(database.keys())[::2]:
                del database[key]
        while not run.step(0):
            pass
        self.assertFalse([id for id in self.ids(self.shelf()) if id.startswith("stale")])
        self.assertTrue([id for id in self.ids(self.shelf()) if id.startswith("live")])


if __name__ == "__main__":
    unittest.main()
