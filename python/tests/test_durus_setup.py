"""Set-up of a Durus storage: created, adopted, overwritten, migrated, and killed at any point."""

from __future__ import annotations

import pickle
import unittest
from contextlib import closing
from dataclasses import replace
from typing import Any

from .durus_case import LIVE, MIGRATE, STALE, DurusCase
from durus.connection import Connection
from durus.file_storage import FileStorage
from durus.persistent_dict import PersistentDict

from sessionstore.errors import StoreError
from sessionstore.marks import Options, Owner

from .shelves import ADOPT, OWNER, Session


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
        overwrite = Options(OWNER, "Overwrite", overwrite_token="one")
        result = self.set_up(overwrite)
        self.assertEqual((result["outcome"], result["overwriteToken"]), ("Overwritten", "one"))
        self.fill({"a": Session("a")})
        self.assertEqual(self.set_up(overwrite)["outcome"], "Verified")
        self.assertEqual(self.set_up(replace(overwrite, spent_token="one"))["outcome"], "Verified")
        self.assertEqual(list(self.loaded()["sessions"]), ["a"])

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

    def test_does_not_migrate_what_refers_to_other_objects(self) -> None:
        self.fill({"a": {"cart": PersistentDict()}})
        self.assertEqual(self.refusal(MIGRATE, form="Safe"), "ShapeMismatch")


if __name__ == "__main__":
    unittest.main()
