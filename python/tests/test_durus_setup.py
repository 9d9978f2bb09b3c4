"""Set-up of a Durus storage: created, adopted, overwritten, migrated, and killed at any point."""

from __future__ import annotations

import os
import pickle
import unittest
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from .durus_case import LIVE, MIGRATE, STALE, DurusCase
from durus.connection import Connection
from durus.file import File
from durus.file_storage import FileStorage
from durus.persistent_dict import PersistentDict

from sessionstore import files
from sessionstore.durus import forms, provision
from sessionstore.errors import StoreError
from sessionstore.marks import Options, Owner, fingerprint_of

from .killed import Places, killed_after
from .shelves import ADOPT, OWNER, Session

OVERWRITE = Options(OWNER, "Overwrite", overwrite_token="one")
WRITING: Places = [
    (files, "write_whole rename link_new remove sync_folder"),
    (os, "fsync"),
    (File, "write truncate obtain_lock"),
]


class SetUp(DurusCase):
    def refusal(self, options: Options, **of_store: Any) -> str:
        before = self.path.read_bytes()
        with self.assertRaises(StoreError) as caught:
            self.set_up(options, **of_store)
        self.assertEqual(self.path.read_bytes(), before)
        return caught.exception.reason

    def test_creates_adopts_verifies_refuses(self) -> None:
        self.assertEqual(self.set_up()["outcome"], "Created")
        self.assertEqual(list(self.loaded()["sessions"]), [])
        self.setUp()
        self.fill(LIVE)
        self.assertEqual(self.refusal(Options(OWNER, "Fail")), "AlreadyExists")
        self.assertEqual(self.set_up()["outcome"], "Adopted")
        before = self.path.read_bytes()
        for options in (ADOPT, Options(OWNER, "Fail")):
            self.assertEqual(self.set_up(options)["outcome"], "Verified")
        self.assertEqual(self.path.read_bytes(), before)
        self.assertEqual(self.refusal(Options(Owner("test", "shop", "other"), "Adopt")), "Conflict")
        self.assertEqual(len(self.loaded()["sessions"]), len(LIVE))

    def test_makes_sessions_in_a_storage_of_other_things(self) -> None:
        connection = Connection(FileStorage(str(self.path)))
        connection.get_root()["other"] = PersistentDict({"a": 1})
        connection.commit()
        connection.get_storage().close()
        self.assertEqual(self.set_up()["outcome"], "Created")
        root = self.loaded()
        self.assertEqual((root["other"]["a"], len(root["sessions"])), (1, 0))

    def test_overwrites_once_a_token(self) -> None:
        self.fill(LIVE)
        result = self.set_up(OVERWRITE)
        self.assertEqual((result["outcome"], result["overwriteToken"]), ("Overwritten", "one"))
        self.fill({"a": Session("a")})
        self.assertEqual(self.set_up(OVERWRITE)["outcome"], "Verified")
        self.assertEqual(self.set_up(replace(OVERWRITE, spent_tokens=(fingerprint_of("one"),)))["outcome"], "Verified")
        self.assertEqual(list(self.loaded()["sessions"]), ["a"])

    def test_overwrites_nothing_but_sessions_unless_it_made_them_itself(self) -> None:
        self.fill({**LIVE, "keynote": {"speaker": "Ann"}})
        self.assertEqual(self.refusal(OVERWRITE), "ShapeMismatch")
        self.assertEqual(self.set_up()["outcome"], "Adopted")
        self.assertEqual(self.refusal(OVERWRITE), "ShapeMismatch")
        with closing(self.store()) as store:
            store.delete("keynote")
        self.assertEqual(self.set_up(OVERWRITE)["outcome"], "Overwritten")
        self.fill({"keynote": {"speaker": "Ann"}})
        self.assertEqual(self.set_up(replace(OVERWRITE, overwrite_token="two"))["outcome"], "Overwritten")

    def test_migrates_only_when_asked_and_loses_nothing(self) -> None:
        self.fill({**STALE, **LIVE, "ageless": {"user": 1}})
        self.assertEqual(self.refusal(ADOPT, form="Safe"), "ShapeMismatch")
        result = self.set_up(MIGRATE, form="Safe")
        self.assertEqual(result["outcome"], "Adopted")
        self.assertIn("201 sessions", result["notes"][0])
        with closing(self.store()) as store:
            found = dict(store.sessions())
        self.assertEqual(sorted(found), sorted([*STALE, *LIVE, "ageless"]))
        self.assertEqual(pickle.loads(found["live-9"]).__dict__, LIVE["live-9"].__dict__)
        self.assertEqual(self.clean(form="Safe")["deleted"], 120)
        self.assertEqual(self.set_up(MIGRATE, form="Safe")["outcome"], "Verified")
        self.assertEqual(self.refusal(ADOPT, form="Session3"), "ShapeMismatch")

    def test_is_not_cleaned_as_the_safe_form_before_it_is_migrated(self) -> None:
        self.fill(STALE)
        self.set_up()
        before = self.path.read_bytes()
        with self.assertRaises(StoreError) as caught:
            self.clean(form="Safe")
        self.assertEqual((caught.exception.reason, self.path.read_bytes()), ("ShapeMismatch", before))
        self.set_up(MIGRATE, form="Safe")
        self.assertEqual(self.clean(form="Safe")["deleted"], len(STALE))

    def test_does_not_migrate_what_refers_to_other_objects(self) -> None:
        self.fill({"a": {"cart": PersistentDict()}})
        self.assertEqual(self.refusal(MIGRATE, form="Safe"), "ShapeMismatch")

    def test_does_not_migrate_sessions_whose_ids_are_no_strings_and_a_clean_up_keeps_and_counts_them(self) -> None:
        self.fill({**STALE, "live": Session("live")})
        connection = Connection(FileStorage(str(self.path)))
        connection.get_root()["sessions"].update({42: Session("42", 7200), b"bytes": Session("bytes")})
        connection.commit()
        connection.get_storage().close()
        self.assertEqual(self.refusal(MIGRATE, form="Safe"), "ShapeMismatch")
        self.set_up()
        report = self.clean()
        self.assertEqual((report["deleted"], report["unreadable"], report["remaining"]), (len(STALE), 2, 3))
        self.assertEqual(set(self.loaded()["sessions"].keys()), {"live", 42, b"bytes"})


class Killed(DurusCase):
    """Killed after any step, and run again: what an application saves in between, where Durus lets it, stays."""

    def survives(self, prepare: Callable[[], object], options: Options, form: str) -> None:
        def begin() -> None:
            self.setUp()
            prepare()

        begin()
        steps = killed_after(0, lambda: self.set_up(options, form=form), WRITING)
        assert steps and steps > 10
        goal = self.summary()
        for k in range(1, steps + 1):
            begin()
            self.assertIsNone(killed_after(k, lambda: self.set_up(options, form=form), WRITING))
            stays = self.used_by_an_application(options)
            self.set_up(options, form=form)
            ids, *rest = self.summary()
            self.assertEqual([id for id in ids if id != "since"], goal[0], k)
            self.assertEqual(("since" in ids, *rest), (stays, *goal[1:]), k)

    def used_by_an_application(self, options: Options) -> bool:
        """Whether one of session3 could save a session that the second run has no leave to touch."""
        try:
            connection = Connection(FileStorage(str(self.path), readonly=True))
        except OSError:
            return False
        root = connection.get_root()
        done, is_plain = forms.MARK_KEY in root, forms.SESSIONS_KEY in root
        connection.get_storage().close()
        if is_plain:
            self.fill({"since": Session("since")})
        return is_plain and (done or options.if_exists != "Overwrite")

    def summary(self) -> tuple[list[str], object, list[str]]:
        with closing(self.store()) as store:
            ids = sorted(id for id, _ in store.sessions())
            root = store._database.transaction(lambda transaction: transaction.root)
        return ids, (provision.read_mark(root), forms.form_of(root)), self.names()

    def test_after_any_step_of_creating_it_ends_the_same(self) -> None:
        with patch.object(forms, "BUCKETS", 3), patch.object(provision, "BUCKETS", 3):
            for form in ("Session3", "Safe"):
                with self.subTest(form):
                    self.survives(lambda: None, ADOPT, form)

    def test_after_any_step_of_adopting_it_ends_the_same(self) -> None:
        self.survives(lambda: self.fill({"kept": Session("kept")}), ADOPT, "Session3")

    def test_after_any_step_of_overwriting_it_ends_the_same(self) -> None:
        self.survives(lambda: self.fill({"old": Session("old")}), OVERWRITE, "Session3")

    def test_after_any_step_of_migrating_it_ends_the_same(self) -> None:
        with patch.object(forms, "BUCKETS", 3), patch.object(provision, "BUCKETS", 3):
            self.survives(lambda: self.fill({str(n): Session(str(n)) for n in range(5)}), MIGRATE, "Safe")

    def test_after_any_step_of_a_clean_up_nothing_that_lives_is_lost(self) -> None:
        sessions = {f"{kind}-{n}": Session("", age) for kind, age in (("live", 0), ("stale", 7200)) for n in range(3)}
        for pack in (False, True):
            k, steps = 0, None
            while steps is None:
                self.setUp()
                self.fill(sessions)
                self.set_up()
                k += 1
                steps = killed_after(k, lambda pack=pack: self.clean(pack=pack), WRITING)  # type: ignore[misc]
                stays = steps is None and self.used_by_an_application(ADOPT)
                self.clean(pack=pack)
                ids = [f"live-{n}" for n in range(3)] + ["since"] * stays
                self.assertEqual(self.summary()[0], ids, k)
            self.assertGreater(k, 10)


if __name__ == "__main__":
    unittest.main()
