"""A Durus storage that a server has open, which is cleaned while applications use it."""

from __future__ import annotations

import unittest
from contextlib import closing
from typing import Any
from unittest.mock import patch

from .durus_case import LIVE, STALE, DurusCase, clean, reachable, wait_for
from durus.client_storage import ClientStorage
from durus.connection import Connection
from durus.error import WriteConflictError

from sessionstore.durus import database
from sessionstore.durus.database import Transaction
from sessionstore.durus.forms import PlainSessions
from sessionstore.durus.records import ROOT, oid_of, parsed
from sessionstore.durus.store import DurusStore
from sessionstore.errors import StoreError
from sessionstore.counts import CleanupCounts

from .killed import Places, killed_after
from .shelves import ADOPT, Session

SENDING: Places = [(ClientStorage, "load begin store end sync new_oid"), (database, "parsed")]


class Server(DurusCase):
    def start(self, way: str = "tcp") -> str | tuple[str, int]:
        """A server of 120 stale sessions and 80 live ones."""
        self.fill({**STALE, **LIVE})
        if way == "tcp":
            return self.serve_tcp()
        address = str(self.root / "durus.sock")
        self.serve("--address", address)
        wait_for(lambda: reachable(address))
        return address

    def client(self, place: str | tuple[str, int]) -> Any:
        storage = ClientStorage(address=place)
        self.addCleanup(storage.s.close)
        return storage

    def values(self, storage: Any) -> dict[str, bytes]:
        """The bytes of each session."""
        root = parsed(storage.load(ROOT))
        found = parsed(storage.load(oid_of(root.entries()["sessions"].value)))
        return {id: found.data[e.start : e.end] for id, e in found.entries().items()}

    def test_over_tcp_or_a_socket_is_cleaned_where_that_is_tolerated_and_keeps_the_live_byte_for_byte(self) -> None:
        for way in ("tcp", "socket"):
            with self.subTest(way):
                self.setUp()
                place = self.start(way)
                with closing(DurusStore(place, while_in_use="Tolerate", pack=True)) as store:
                    self.assertEqual(store.setup(ADOPT)["outcome"], "Adopted")
                    before = self.values(self.client(place))
                    with patch.object(ClientStorage, "end", autospec=True, side_effect=ClientStorage.end) as commits:
                        self.assertEqual(clean(store)["deleted"], 120)
                    self.assertEqual(commits.call_count, 1)
                after = self.values(self.client(place))
                self.assertEqual(after, {id: code for id, code in before.items() if not id.startswith("stale")})
                sessions = Connection(self.client(place)).get_root()["sessions"]
                self.assertEqual(sessions["live-7"].__dict__, LIVE["live-7"].__dict__)

    def test_is_left_alone_where_that_is_not_tolerated_as_is_its_file(self) -> None:
        place = self.start()
        with closing(DurusStore(place)) as store:
            store.setup(ADOPT)
            with self.assertRaises(StoreError) as caught:
                clean(store)
            self.assertEqual(caught.exception.reason, "UnsupportedServer")
        with self.assertRaises(StoreError) as caught:
            self.clean()
        self.assertEqual(caught.exception.reason, "LockTimeout")
        self.assertEqual(len(self.values(self.client(place))), 200)

    def test_is_left_as_the_application_has_it_where_that_is_quicker_each_time(self) -> None:
        place = self.start()
        application = Connection(self.client(place))
        looked = 0

        def meanwhile(sessions: PlainSessions, transaction: Transaction, part: str, counts: CleanupCounts) -> int:
            nonlocal looked
            looked += 1
            deleted = original(sessions, transaction, part, counts)
            application.abort()
            application.get_root()["sessions"][f"log-in-{looked}"] = Session("since")
            application.commit()
            return deleted

        original = PlainSessions.clean
        with closing(DurusStore(place, while_in_use="Tolerate")) as store:
            store.setup(ADOPT)
            with patch.object(database, "_ATTEMPTS", 5), patch.object(PlainSessions, "clean", meanwhile):
                with self.assertRaises(StoreError) as caught:
                    clean(store)
            self.assertEqual(caught.exception.reason, "LockTimeout")
            self.assertEqual((looked, len(self.values(self.client(place)))), (5, 205))
            self.assertEqual(clean(store)["deleted"], 120)

    def test_that_an_application_alone_would_lose_a_log_in(self) -> None:
        """Why a running server is refused unless that is tolerated: session3 does not try again."""
        place = self.start()
        application, other = Connection(self.client(place)), Connection(self.client(place))
        mine, theirs = (connection.get_root()["sessions"] for connection in (application, other))
        mine["log-in"] = Session("log-in")
        del theirs["stale-1"]
        other.commit()
        with self.assertRaises(WriteConflictError):
            application.commit()

    def test_whose_client_is_killed_at_any_step_has_all_or_nothing_of_it(self) -> None:
        place = self.start()

        def work() -> None:
            with closing(DurusStore(place, while_in_use="Tolerate")) as store:
                clean(store)

        with closing(DurusStore(place, while_in_use="Tolerate")) as store:
            store.setup(ADOPT)
            k, steps = 0, None
            while steps is None:
                k += 1
                steps = killed_after(k, work, SENDING)
                left = len(list(store.sessions()))
                self.assertIn(left, (80, 200), k)
            self.assertGreater(k, 8)
            self.assertEqual(left, 80)

    def test_that_is_started_anew_is_connected_to_again(self) -> None:
        place = self.start("socket")
        with closing(DurusStore(place, while_in_use="Tolerate")) as store:
            self.assertTrue(store.has("live-1"))
            self.end_servers()
            with self.assertRaises(StoreError) as caught:
                store.has("live-1")
            self.assertEqual(caught.exception.reason, "ConnectionFailed")
            self.serve("--address", str(place))
            wait_for(lambda: reachable(place))
            self.assertTrue(store.has("live-1"))

    def test_that_does_not_listen_says_so(self) -> None:
        for place in (("127.0.0.1", 1), str(self.root / "nowhere"), ("no-such-host.invalid", 2972)):
            with self.assertRaises(StoreError) as caught:
                clean(DurusStore(place))
            self.assertEqual(caught.exception.reason, "ConnectionFailed")


if __name__ == "__main__":
    unittest.main()
