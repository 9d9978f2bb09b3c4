"""Set-up of a shelf: created, adopted, overwritten, migrated, and killed at any point."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from unittest import main

from sessionstore.errors import StoreError
from sessionstore.marks import Options, Owner, fingerprint_of
from sessionstore.pickles.stamp import age_stamp
from sessionstore.shelf.access import Shelf, opened
from sessionstore.shelf.kinds import KINDS, Kind, kind_of
from sessionstore.shelf.store import ShelfStore

from .killed import STEPS, killed_after
from .shelves import ADOPT, OWNER, Session, ShelfCase, available

FAIL = Options(OWNER, "Fail")
OTHER = replace(ADOPT, owner=Owner("test", "shop", "other"))
OVERWRITE = Options(OWNER, "Overwrite", overwrite_token="one")
MIGRATE = replace(ADOPT, migrate=True)
SESSIONS = {"a": Session("a"), "b": Session("b")}


class SetUp(ShelfCase):
    def set_up(self, options: Options = ADOPT, shelf: Shelf | None = None) -> str:
        return str(ShelfStore(shelf or self.shelf()).setup(options)["outcome"])

    def refusal(self, options: Options, shelf: Shelf | None = None) -> str:
        before = self.state()
        with self.assertRaises(StoreError) as caught:
            self.set_up(options, shelf)
        after = {name: data for name, data in self.state().items() if name in before}
        self.assertEqual(after, before)
        return caught.exception.reason

    def test_creates_a_shelf_of_each_kind_and_verifies_it(self) -> None:
        for kind in filter(available, KINDS):
            with self.subTest(kind):
                super().setUp()
                self.path = self.root / "new" / "folders" / "sessions"
                shelf = self.shelf(kind=kind)
                self.assertEqual(self.set_up(ADOPT, shelf), "Created")
                self.assertEqual(kind_of(self.path), kind)
                state = self.state()
                for options in (ADOPT, FAIL):
                    self.assertEqual(self.set_up(options, shelf), "Verified")
                self.assertEqual(self.state(), state)

    def test_adopts_what_is_there_and_changes_nothing_in_it(self) -> None:
        self.fill("dumb", SESSIONS)
        before = self.state()
        self.assertEqual(self.set_up(), "Adopted")
        self.assertEqual({name: data for name, data in self.state().items() if name in before}, before)
        self.assertEqual(self.set_up(FAIL), "Verified")

    def test_refuses_what_holds_something_else(self) -> None:
        self.fill("dumb", {"a": b"no pickle"})
        self.assertEqual(self.refusal(ADOPT), "ShapeMismatch")

    def test_refuses_what_exists_where_it_is_to_fail_and_what_is_anothers(self) -> None:
        self.fill("dumb", SESSIONS)
        self.assertEqual(self.refusal(FAIL), "AlreadyExists")
        self.set_up(OTHER)
        for options in (ADOPT, FAIL, OVERWRITE, MIGRATE):
            self.assertEqual(self.refusal(options), "Conflict")

    def test_overwrites_once_a_token_of_any_kind(self) -> None:
        self.fill("dumb", SESSIONS)
        shelf = self.shelf(kind="sqlite3")
        result = ShelfStore(shelf).setup(OVERWRITE)
        self.assertEqual((result["outcome"], result["overwriteToken"]), ("Overwritten", "one"))
        self.assertEqual(self.ids(shelf), [])
        ShelfStore(shelf).save("c", b"{}")
        self.assertEqual(self.set_up(OVERWRITE, shelf), "Verified")
        self.assertEqual(self.ids(shelf), ["c"])
        shelf.mark.unlink()
        self.assertEqual(self.set_up(replace(OVERWRITE, spent_tokens=(fingerprint_of("one"),)), shelf), "Adopted")
        self.assertEqual(self.ids(shelf), ["c"])

    def test_overwrites_nothing_but_sessions_unless_it_made_the_shelf_itself(self) -> None:
        self.fill("dumb", {**SESSIONS, "invoice": pickle.dumps({"total": 12})})
        self.assertEqual(self.refusal(OVERWRITE), "ShapeMismatch")
        self.assertEqual(self.set_up(), "Adopted")
        self.assertEqual(self.refusal(OVERWRITE), "ShapeMismatch")
        ShelfStore(self.shelf()).delete("invoice")
        self.assertEqual(self.set_up(OVERWRITE), "Overwritten")
        self.fill("gnu", {"invoice": pickle.dumps({"total": 12})})
        self.assertEqual(self.set_up(replace(OVERWRITE, overwrite_token="two")), "Overwritten")

    def test_migrates_only_when_asked_and_gives_a_time_to_what_has_none(self) -> None:
        self.fill("dumb", {**SESSIONS, "ageless": pickle.dumps({"user": 1})})
        safe = self.shelf(form="Safe")
        self.assertEqual(self.refusal(ADOPT, safe), "ShapeMismatch")
        self.assertEqual(self.set_up(MIGRATE, safe), "Adopted")
        with opened(safe, "dumb") as table:
            self.assertTrue(all(age_stamp(table.get(key) or b"") for key in table.keys()))
        self.assertEqual(pickle.loads(ShelfStore(safe).load("ageless") or b""), {"user": 1})
        self.assertEqual(self.set_up(MIGRATE, safe), "Verified")
        self.assertEqual(self.refusal(ADOPT, self.shelf(form="Session3")), "ShapeMismatch")

    def test_waits_where_a_program_is_writing_the_index_of_dumb(self) -> None:
        self.fill("dumb", SESSIONS)
        index = self.path.with_name("sessions.dir")
        index.rename(self.path.with_name("sessions.bak"))
        self.assertEqual(self.refusal(ADOPT), "LockTimeout")
        self.assertFalse(self.path.exists())
        self.path.with_name("sessions.bak").rename(index)
        self.assertEqual(self.set_up(), "Adopted")

    def test_is_not_cleaned_as_the_safe_form_before_it_is_migrated(self) -> None:
        self.fill("dumb", SESSIONS)
        self.set_up()
        before = self.state()
        with self.assertRaises(StoreError) as caught:
            self.clean(self.shelf(form="Safe"), age=0)
        self.assertEqual(caught.exception.reason, "ShapeMismatch")
        self.assertEqual(self.state(), before)
        self.set_up(MIGRATE, self.shelf(form="Safe"))
        self.assertEqual(self.clean(self.shelf(form="Safe"), age=0)["deleted"], 2)

    def test_counts_the_one_token_of_an_earlier_versions_mark_as_spent(self) -> None:
        self.set_up(OVERWRITE)
        mark = json.loads(self.shelf().mark.read_text())
        self.assertEqual(mark.pop("spent"), [fingerprint_of("one")])
        self.shelf().mark.write_text(json.dumps({**mark, "token": "one"}))
        ShelfStore(self.shelf()).save("c", b"{}")
        self.assertEqual(self.set_up(OVERWRITE), "Verified")
        self.assertEqual(self.ids(self.shelf()), ["c"])

    def test_says_so_where_the_mark_cannot_be_read(self) -> None:
        self.shelf().mark.write_text('{"version": 2}')
        self.assertEqual(self.refusal(ADOPT), "Conflict")


class Killed(ShelfCase):
    def run_killed(self, k: int, shelf: Shelf, options: Options) -> int | None:
        """How many steps it took; None where it was killed."""
        return killed_after(k, lambda: ShelfStore(shelf).setup(options), STEPS)

    def survives(self, prepare: Callable[[], None], options: Options, kind: Kind, form: str = "Session3") -> None:
        def fresh() -> Shelf:
            self.setUp()
            prepare()
            return self.shelf(kind=kind, form=form)

        shelf = fresh()
        steps = self.run_killed(0, shelf, options) or 0
        self.assertGreater(steps, 3)
        goal = self.summary(shelf)
        for k in range(1, steps + 1):
            shelf = fresh()
            self.assertIsNone(self.run_killed(k, shelf, options))
            # Sessions that an application saves from then on must outlive the second run, once the old shelf is
            # deleted.
            there = kind_of(self.path) is not None and "old" not in self.ids(shelf)
            if there and not prepare.__name__.startswith("kept"):
                ShelfStore(shelf).save("since", b"{}")
            ShelfStore(shelf).setup(options)
            found = self.summary(shelf)
            self.assertEqual("since" in found[1], there and not prepare.__name__.startswith("kept"), k)
            self.assertEqual((found[0], [id for id in found[1] if id != "since"], *found[2:]), goal, k)

    def summary(self, shelf: Shelf) -> tuple[str | None, list[str], str, list[str]]:
        names = sorted(path.name for path in self.root.rglob("*") if path.is_file())
        # Which locks a run came to take is no matter.
        names = [name for name in names if not name.endswith((".lock", ".setup", ".bak"))]
        return kind_of(self.path), self.ids(shelf), shelf.mark.read_text(), names

    def test_after_any_step_of_creating_it_ends_the_same(self) -> None:
        for kind in filter(available, KINDS):
            with self.subTest(kind):
                self.survives(lambda: None, ADOPT, kind)

    def test_after_any_step_of_adopting_it_ends_the_same(self) -> None:
        def kept() -> None:
            self.fill("dumb", {"kept": Session("kept")})

        self.survives(kept, ADOPT, "dumb")

    def test_after_any_step_of_overwriting_it_ends_the_same(self) -> None:
        for old, new in (("dumb", "dumb"), ("dumb", "sqlite3"), ("gnu", "gnu"), ("ndbm", "gnu")):
            if available(old) and available(new):  # type: ignore[arg-type]
                with self.subTest(f"{old} to {new}"):
                    self.survives(lambda old=old: self.fill(old, {"old": Session("old")}), OVERWRITE, new)  # type: ignore

    def test_after_any_step_of_migrating_it_ends_the_same(self) -> None:
        for kind in filter(available, KINDS):
            with self.subTest(kind):

                def kept(kind: Kind = kind) -> None:
                    self.fill(kind, {str(n): pickle.dumps({"n": n}) for n in range(5)})

                self.survives(kept, MIGRATE, kind, "Safe")


if __name__ == "__main__":
    main()
