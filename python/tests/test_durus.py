"""Clean-up and use of a Durus storage, beside applications that use session3's class and Durus itself."""

from __future__ import annotations

import pickle
import subprocess
import sys
import unittest
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

from .durus_case import LIVE, STALE, DurusCase, clean
from durus.file_storage import FileStorage

from sessionstore.durus.records import parsed
from sessionstore.errors import StoreError

from .shelves import ADOPT, Session, long_ago


class File(DurusCase):
    def test_loses_its_old_sessions_in_one_commit_and_keeps_the_others_byte_for_byte(self) -> None:
        self.fill({**STALE, **LIVE, "ageless": {"user": 1}})
        self.set_up()
        before = self.values()
        size = self.path.stat().st_size
        dry = self.clean(dry_run=True)
        self.assertEqual((dry["deleted"], dry["overdue"], dry["remaining"]), (0, 120, 201))
        self.assertEqual(self.path.stat().st_size, size)
        report = self.clean()
        goal = {"deleted": 120, "overdue": 0, "unreadable": 1, "complete": True, "dryRun": False, "notes": []}
        self.assertEqual(report, {**goal, "remaining": 81})
        after = self.values()
        self.assertEqual(after, {id: code for id, code in before.items() if not id.startswith("stale")})
        sessions = self.loaded()["sessions"]
        self.assertEqual(sorted(sessions), sorted([*LIVE, "ageless"]))
        self.assertEqual(sessions["live-7"].__dict__, LIVE["live-7"].__dict__)

    def values(self) -> dict[str, bytes]:
        """The bytes of each session in the record of all."""
        with closing(FileStorage(str(self.path), readonly=True)) as storage:
            found = next(r for _, r in storage.gen_oid_record() if "live-1" in parsed(r).entries())
        return {id: parsed(found).data[e.start : e.end] for id, e in parsed(found).entries().items()}

    def test_is_cleaned_where_the_applications_classes_cannot_be_imported(self) -> None:
        self.fill({**STALE, **LIVE})
        code = (
            "import sys; from pathlib import Path\n"
            "from sessionstore.durus.store import DurusStore; from sessionstore.durus.file import StorageFile\n"
            f"run = DurusStore(StorageFile(Path({str(self.path)!r}))).cleaner(None, 3600, False)\n"
            "while not run.step(1): pass\n"
            "print(run.report()['deleted'], 'tests' in sys.modules)"
        )
        folder = Path(__file__).parents[1]
        end = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/", env={"PYTHONPATH": str(folder)}
        )
        self.assertEqual(end.stdout.strip(), "120 False")

    def test_saves_loads_deletes_and_lists_whatever_bytes_in_both_forms(self) -> None:
        for form in ("Session3", "Safe"):
            with self.subTest(form):
                self.setUp()
                self.assertEqual(self.set_up(form=form)["outcome"], "Created")
                with closing(self.store()) as store:
                    goal = {"a": b"", "ä/../ö\0": b"{}", "c": pickle.dumps([1]), "big": bytes(range(256)) * 4000}
                    for id, payload in goal.items():
                        store.save(id, b"first")
                        store.save(id, payload)
                    self.assertEqual({id: store.load(id) for id in goal}, goal)
                    self.assertEqual(dict(store.sessions()), goal)
                    store.delete("a")
                    store.delete("a")
                    self.assertEqual((store.has("a"), store.has("c"), store.load("a")), (False, True, None))

    def test_gives_each_session_of_the_application_as_a_pickle(self) -> None:
        self.fill(LIVE)
        with closing(self.store()) as store:
            self.assertEqual(pickle.loads(store.load("live-3") or b"").__dict__, LIVE["live-3"].__dict__)
            self.assertEqual(len(list(store.sessions())), len(LIVE))

    def test_lets_what_our_class_saved_grow_old_even_when_the_application_writes_all_anew(self) -> None:
        for form in ("Session3", "Safe"):
            with self.subTest(form):
                self.setUp()
                self.set_up(form=form)
                with closing(self.store()) as store:
                    with long_ago():
                        store.save("old", b"{}")
                    store.save("new", b"{}")
                if form == "Session3":
                    self.fill({"other": Session("other")})
                self.assertEqual(self.clean()["deleted"], 1)

    def test_is_cleaned_in_one_commit(self) -> None:
        self.fill({**STALE, **LIVE})
        self.set_up()
        with patch.object(FileStorage, "end", autospec=True, side_effect=FileStorage.end) as commits:
            self.assertEqual(self.clean()["deleted"], 120)
            self.assertEqual(self.clean()["deleted"], 0)
        self.assertEqual(commits.call_count, 1)

    def test_is_packed_when_asked(self) -> None:
        self.fill({**STALE, **LIVE})
        self.set_up()
        self.fill({"x": Session("x")})
        size = self.path.stat().st_size
        self.path.chmod(0o640)
        self.clean(pack=True)
        self.assertLess(self.path.stat().st_size, size / 3)
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o640)
        self.assertEqual(len(self.loaded()["sessions"]), 81)
        self.assertEqual(self.names(), ["sessions.durus"])

    def test_keeps_what_is_saved_after_it_was_packed(self) -> None:
        self.fill({**STALE, **LIVE})
        self.set_up()
        with closing(self.store(pack=True)) as store:
            for n in range(2):
                clean(store)
                store.save(f"since-{n}", b"{}")
                with self.assertRaises(StoreError) as caught:
                    self.clean()
                self.assertEqual(caught.exception.reason, "LockTimeout")
        self.assertEqual(sorted(self.loaded()["sessions"]), sorted([*LIVE, "since-0", "since-1"]))

    def test_that_another_process_has_open_is_left_alone(self) -> None:
        self.fill(STALE)
        self.set_up()
        with closing(FileStorage(str(self.path))):
            with self.assertRaises(StoreError) as caught:
                self.clean()
        self.assertEqual(caught.exception.reason, "LockTimeout")

    def test_whose_record_cannot_be_edited_is_left_alone(self) -> None:
        self.fill({**STALE, **LIVE})
        self.set_up()
        with closing(FileStorage(str(self.path))) as storage:
            oid, record = next((o, r) for o, r in storage.gen_oid_record() if "live-1" in parsed(r).entries())
            data = parsed(record).data[: parsed(record).program.start] + pickle.dumps({"data": {**STALE, **LIVE}}, 4)
            storage.begin()
            storage.store(oid, oid + len(data).to_bytes(4, "big") + data)
            storage.end()
        before = self.path.read_bytes()
        with self.assertRaises(StoreError) as caught:
            self.clean()
        self.assertEqual(caught.exception.reason, "ShapeMismatch")
        self.assertEqual(self.path.read_bytes(), before)

    def test_with_a_hostile_class_runs_nothing(self) -> None:
        self.fill(STALE)
        storage = FileStorage(str(self.path))
        trap = self.root / "was-run"
        data = b"\x80\x02cos\nsystem\nX" + len(f"touch {trap}").to_bytes(4, "little") + f"touch {trap}".encode() + b"\x85R."
        storage.begin()
        storage.store(bytes(8), bytes(8) + len(data).to_bytes(4, "big") + data)
        storage.end()
        storage.close()
        with self.assertRaises(StoreError) as caught:
            self.clean(owner=None)
        self.assertEqual(caught.exception.reason, "ShapeMismatch")
        self.assertFalse(trap.exists())

    def test_of_another_kind_or_no_storage_says_so(self) -> None:
        for head, reason in ((b"DFS20\0\0\0", "UnsupportedServer"), (b"something else", "ShapeMismatch")):
            self.path.write_bytes(head)
            with self.assertRaises(StoreError) as caught:
                self.clean()
            self.assertEqual(caught.exception.reason, reason)


if __name__ == "__main__":
    unittest.main()
