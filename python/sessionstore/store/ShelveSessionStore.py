"""Sessions in a shelf, under a lock file."""

from __future__ import annotations

import dbm
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..locks import lock_file
from ..shelf.access import Shelf
from ..shelf.kinds import kind_of, require_absent
from ..shelf.store import ShelfStore
from .SessionStore import Session, SessionStore

_PROTOCOL = 4


class ShelveSessionStore(SessionStore):
    """
    The same interface and files as session3's class. Each call takes a lock file beside the shelf, so that no two
    overlap.
    """

    is_multiprocess_safe = True
    is_thread_safe = True

    def __init__(self, filename: str) -> None:
        # Links are resolved, so that one shelf has one lock file.
        path = Path(filename).resolve()
        self._shelf = Shelf(path=path, root=path.parent, form="Safe")
        self._store = ShelfStore(self._shelf)
        self.filename = filename

    def load_session(self, id: str, default: Any = None) -> Any:
        self.setup()
        payload = self._store.load(id)
        return default if payload is None else pickle.loads(payload)

    def save_session(self, session: Session) -> None:
        self.setup()
        self._store.save(session.id, pickle.dumps(session, _PROTOCOL))

    def delete_session(self, session: Session) -> None:
        self.setup()
        self._store.delete(session.id)

    def has_session(self, id: str) -> bool:
        self.setup()
        return self._store.has(id)

    def iter_sessions(self) -> Iterator[tuple[str, Any]]:
        self.setup()
        for id, payload in self._store.sessions():
            yield id, pickle.loads(payload)

    def setup(self) -> None:
        """Creates a missing shelf, of the kind that this Python prefers; LockTimeout if half of one exists."""
        if kind_of(self._shelf.path) is None:
            with lock_file(self._shelf.lock):
                # Another program may have created it in the meantime.
                if kind_of(self._shelf.path) is None:
                    require_absent(self._shelf.path)
                    dbm.open(str(self._shelf.path), "c").close()

    def delete_old_sessions(self, minutes: float) -> tuple[int, int]:
        self.setup()
        run = self._store.cleaner(None, minutes * 60, False)
        while not run.step(0.01):
            pass
        report = run.report()
        return report["deleted"], report["remaining"]
