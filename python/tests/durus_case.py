"""Durus storages as applications make and serve them."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

try:
    from durus.connection import Connection
    from durus.file_storage import FileStorage
    from durus.logger import logger
    from durus.persistent_dict import PersistentDict
except ImportError as error:
    raise unittest.SkipTest("no durus") from error

from sessionstore.durus.file import StorageFile
from sessionstore.durus.store import DurusStore
from sessionstore.marks import Options, Owner

from .shelves import ADOPT, HOUR, OWNER, Session

logger.setLevel(100)
MIGRATE = replace(ADOPT, migrate=True)
STALE = {f"stale-{n}": Session(f"stale-{n}", 2 * HOUR) for n in range(120)}
LIVE = {f"live-{n}": Session(f"live-{n}", n) for n in range(80)}


class DurusCase(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="sessionstore-", dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.path = self.root / "sessions.durus"
        # A test may start again; the servers of each attempt end with it.
        self.servers: list[subprocess.Popen[bytes]] = getattr(self, "servers", [])

    def store(self, **options: Any) -> DurusStore:
        store = DurusStore(StorageFile(self.path), self.root, **options)
        self.addCleanup(store.close)
        return store

    def set_up(self, options: Options = ADOPT, **of_store: Any) -> Any:
        with closing(self.store(**of_store)) as store:
            return store.setup(options)

    def fill(self, sessions: dict[str, Any]) -> None:
        """As session3's class does."""
        connection = Connection(FileStorage(str(self.path)))
        found = connection.get_root().setdefault("sessions", PersistentDict())
        for id, session in sessions.items():
            found[id] = session
            if id.endswith("7"):
                connection.commit()
        connection.commit()
        connection.get_storage().close()

    def loaded(self) -> Any:
        """As an application sees it."""
        connection = Connection(FileStorage(str(self.path)))
        self.addCleanup(connection.get_storage().close)
        return connection.get_root()

    def clean(self, age: float = HOUR, dry_run: bool = False, owner: Owner | None = OWNER, **of_store: Any) -> Any:
        with closing(self.store(**of_store)) as store:
            return clean(store, age, dry_run, owner)

    def names(self) -> list[str]:
        # Which locks a run came to take is no matter, nor how much space it keeps.
        found = [path for path in self.root.iterdir() if not re.search(r"\.(setup|reserve-\d)$", path.name)]
        return sorted(path.name for path in found)

    def serve(self, *arguments: str) -> None:
        """A Durus server on the file."""
        command = [sys.executable, "-m", "durus", "-s", "--file", str(self.path), *arguments]
        self.servers.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        self.addCleanup(self.end_servers)

    def end_servers(self) -> None:
        for server in self.servers:
            server.terminate()
            server.wait()
        self.servers.clear()

    def serve_tcp(self) -> tuple[str, int]:
        with socket.create_server(("127.0.0.1", 0)) as free:
            address: tuple[str, int] = free.getsockname()
        self.serve("--port", str(address[1]))
        return address if wait_for(lambda: reachable(address)) else address


def reachable(address: str | tuple[str, int]) -> bool:
    try:
        with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as client:
            client.connect(address)
        return True
    except OSError:
        return False


def wait_for(condition: Any) -> bool:
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.01)
    return True


def clean(store: DurusStore, age: float = HOUR, dry_run: bool = False, owner: Owner | None = OWNER) -> Any:
    run = store.cleaner(owner, age, dry_run)
    while not run.step(0.02):
        pass
    return run.report()
