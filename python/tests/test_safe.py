"""The drop-in classes: what they promise of processes and threads, and that session3's could not."""

from __future__ import annotations

import dbm
import importlib
import multiprocessing
import threading
import time
import unittest
from collections.abc import Callable
from contextlib import closing
from multiprocessing.synchronize import Event
from typing import Any
from unittest.mock import patch

try:
    from durus.client_storage import ClientStorage
    from durus.connection import Connection
except ImportError as error:
    raise unittest.SkipTest("no durus") from error

from sessionstore.durus.store import DurusStore
from sessionstore.errors import StoreError
from sessionstore.marks import Options
from sessionstore.shelf.kinds import KINDS, Kind
from sessionstore.shelf.store import ShelfStore
from sessionstore.store.DurusSessionStore import DurusSessionStore
from sessionstore.store.SessionStore import SessionStore
from sessionstore.store.ShelveSessionStore import ShelveSessionStore

from .durus_case import DurusCase, clean
from .shelves import ADOPT, HOUR, OWNER, Session, ShelfCase, available, long_ago

PROCESSES, WRITERS, SAVES = 3, 3, 15
MIGRATE = Options(OWNER, "Adopt", migrate=True)

fork = multiprocessing.get_context("fork")
# The first two of a clean-up that goes on all the time.
CleanUps = tuple[Event, Event]


def write(store: SessionStore, name: str, cleaned: CleanUps) -> None:
    """Saves sessions of its own, again and again, one that all share, and deletes some; each third after a clean-up."""
    for n in range(SAVES):
        if n in (SAVES // 3, 2 * SAVES // 3):
            assert cleaned[n // (SAVES // 3) - 1].wait(60)
        session: Any = Session(f"{name}-{n}")
        for session.user in ("first", "x" * 500 * (n % 5), n):
            store.save_session(session)
        assert store.load_session(session.id).user == n
        shared: Any = Session("shared")
        shared.user = [name] * 200
        store.save_session(shared)
        assert len(set(store.load_session("shared").user)) == 1, "torn"
        if n % 5 == 4:
            store.delete_session(session)


def crowd(store_of: Callable[[], SessionStore], name: str, cleaned: CleanUps) -> None:
    store = store_of()
    failed: list[str] = []

    def writer(number: int) -> None:
        try:
            write(store, f"{name}-{number}", cleaned)
        except BaseException as error:
            failed.append(repr(error))
            raise

    threads = [threading.Thread(target=writer, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit("; ".join(failed))


def compete(test: unittest.TestCase, store_of: Callable[[], SessionStore], meanwhile: Callable[[], None]) -> None:
    """N processes with M threads each on one store: nothing is torn, nothing is lost."""
    test.assertTrue(store_of().is_multiprocess_safe and store_of().is_thread_safe)
    cleaned = (fork.Event(), fork.Event())
    children = [fork.Process(target=crowd, args=(store_of, f"p{n}", cleaned)) for n in range(PROCESSES)]
    for child in children:
        child.start()
    events = iter(cleaned)
    while any(child.is_alive() for child in children):
        meanwhile()
        if event := next(events, None):
            event.set()
        time.sleep(0.01)
    test.assertEqual([child.exitcode for child in children], [0] * PROCESSES)
    found = {id: session.user for id, session in store_of().iter_sessions() if id != "shared"}
    goal = {
        f"p{p}-{w}-{n}": n for p in range(PROCESSES) for w in range(WRITERS) for n in range(SAVES) if n % 5 != 4
    }
    test.assertEqual(found, goal)


def as_session3(store: SessionStore) -> None:
    """The same steps as session3's tests, with either class."""
    session: Any = Session("a")
    assert store.load_session("a", "default") == "default" and not store.has_session("a")
    store.save_session(session)
    assert store.load_session("a").user == "anna" and store.has_session("a")
    assert [id for id, _ in store.iter_sessions()] == ["a"]
    assert store.delete_old_sessions(1) == (0, 1)
    store.delete_session(session)
    store.delete_session(session)
    assert store.load_session("a") is None
    store.save_session(session)
    time.sleep(0.05)
    assert store.delete_old_sessions(0.0005) == (1, 0)


class Shelve(ShelfCase):
    def test_is_safe_among_processes_and_threads_whatever_the_kind_while_it_is_cleaned(self) -> None:
        for kind in filter(available, KINDS):
            with self.subTest(kind):
                self.setUp()
                shelf = self.shelf(kind=kind, form="Safe")
                ShelfStore(shelf).setup(ADOPT)
                deleted: list[int] = []

                def clean_up() -> None:
                    with long_ago():
                        for n in range(10):
                            ShelfStore(shelf).save(f"old-{n}", b"{}")
                    deleted.append(self.clean(shelf)["deleted"])

                compete(self, lambda: ShelveSessionStore(str(self.path)), clean_up)
                self.assertEqual(deleted, [10] * len(deleted))
                self.assertGreater(len(deleted), 1)

    def test_does_what_session3_does_with_a_shelf_it_made_or_the_operator(self) -> None:
        as_session3(ShelveSessionStore(str(self.path)))
        for kind in filter(available, KINDS):
            self.setUp()
            ShelfStore(self.shelf(kind=kind, form="Safe")).setup(ADOPT)
            as_session3(ShelveSessionStore(str(self.path)))

    def test_makes_no_new_shelf_beside_one_of_dumb_whose_index_a_killed_program_has_taken_away(self) -> None:
        self.fill("dumb", {"a": Session("a")})
        index = self.path.with_name("sessions.dir")
        index.rename(index.with_suffix(".bak"))
        store = ShelveSessionStore(str(self.path))
        with self.assertRaises(StoreError) as caught:
            store.load_session("a")
        self.assertEqual(caught.exception.reason, "LockTimeout")
        index.with_suffix(".bak").rename(index)
        self.assertEqual(store.load_session("a").id, "a")

    def test_would_lose_sessions_without_the_lock_file(self) -> None:
        """The reason why session3's flag is False."""
        without: list[Kind] = ["ndbm", "dumb"]
        kinds = [kind for kind in without if available(kind)]
        self.assertTrue(kinds)
        for kind in kinds:
            with self.subTest(kind):
                # A busy machine may run the writers one after the other: then they race again.
                self.assertTrue(any(self.lost_without_lock(kind) for _ in range(5)))

    def lost_without_lock(self, kind: Kind) -> int:
        """The number of sessions, of 400, that four writers lose."""
        self.setUp()
        path = str(self.path)
        module = importlib.import_module(f"dbm.{kind}")
        module.open(path, "c").close()

        def unlocked(name: str) -> None:
            for n in range(100):
                try:
                    with closing(dbm.open(path, "c")) as database:
                        database[f"{name}-{n}"] = b"x" * 100
                except Exception:
                    pass  # The file is broken as well: counted as lost.

        children = [fork.Process(target=unlocked, args=(f"p{n}",)) for n in range(4)]
        for child in children:
            child.start()
        for child in children:
            child.join()
        try:
            with closing(dbm.open(path, "r")) as database:
                return 400 - len({*database.keys()})
        except Exception:
            return 400


class Durus(DurusCase):
    def setUp(self) -> None:
        super().setUp()
        self.address = self.serve_tcp()

    def safe(self) -> DurusSessionStore:
        return DurusSessionStore(Connection(ClientStorage(address=self.address)))

    def test_is_safe_among_processes_and_threads_while_it_is_cleaned(self) -> None:
        with closing(DurusStore(self.address, form="Safe")) as store:
            self.assertEqual(store.setup(ADOPT)["outcome"], "Created")
            deleted: list[int] = []

            def clean_up() -> None:
                with long_ago():
                    for n in range(10):
                        store.save(f"old-{n}", b"{}")
                deleted.append(clean(store)["deleted"])

            compete(self, self.safe, clean_up)
            self.assertEqual(deleted, [10] * len(deleted))

    def test_does_what_session3_does_in_a_storage_it_made_or_the_operator(self) -> None:
        as_session3(self.safe())
        as_session3(self.safe())

    def test_refuses_what_session3_left_and_takes_it_once_it_is_migrated(self) -> None:
        connection = Connection(ClientStorage(address=self.address))
        connection.get_root()["sessions"] = {"old": Session("old", 2 * HOUR), "new": Session("new")}
        from durus.persistent_dict import PersistentDict

        connection.get_root()["sessions"] = PersistentDict(connection.get_root()["sessions"])
        connection.commit()
        with self.assertRaises(StoreError) as caught:
            self.safe()
        self.assertEqual(caught.exception.reason, "ShapeMismatch")
        with closing(DurusStore(self.address, form="Safe")) as store:
            store.setup(MIGRATE)
            self.assertEqual(self.safe().load_session("old").user, "anna")
            self.assertEqual(clean(store)["deleted"], 1)
        self.assertEqual([id for id, _ in self.safe().iter_sessions()], ["new"])


if __name__ == "__main__":
    unittest.main()
