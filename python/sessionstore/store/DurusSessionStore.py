"""Sessions in a Durus storage, one record for each."""

from __future__ import annotations

import pickle
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from durus.error import ConflictError
from durus.persistent_dict import PersistentDict

from .. import marks
from ..durus.forms import BUCKETS, PAYLOAD_KEY, SAFE_KEY, SESSIONS_KEY, bucket_of
from ..errors import StoreError
from ..pickles.stamp import age_stamp, stamped
from ..counts import CleanupCounts
from .SessionStore import Session, SessionStore

T = TypeVar("T")

_PROTOCOL = 4
_ATTEMPTS = 200


class DurusSessionStore(SessionStore):
    """
    The same interface as session3's class, on its own connection. Clients that save different sessions do not conflict;
    work that conflicts nevertheless is repeated.
    """

    is_multiprocess_safe = True
    is_thread_safe = True

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._lock = threading.RLock()
        self.setup()

    def load_session(self, id: str, default: Any = None) -> Any:
        found = self._transaction(lambda: self._payload(id))
        return default if found is None else pickle.loads(found)

    def save_session(self, session: Session) -> None:
        pickled = pickle.dumps(session, _PROTOCOL)

        def save() -> None:
            bucket = self._bucket(session.id)
            record = bucket.get(session.id)
            value = stamped(pickled, time.time())
            if record is None:
                bucket[session.id] = PersistentDict({PAYLOAD_KEY: value})
            else:
                record[PAYLOAD_KEY] = value

        self._transaction(save)

    def delete_session(self, session: Session) -> None:
        def delete() -> None:
            bucket = self._bucket(session.id)
            if session.id in bucket:
                del bucket[session.id]

        self._transaction(delete)

    def has_session(self, id: str) -> bool:
        return self._transaction(lambda: id in self._bucket(id))

    def iter_sessions(self) -> Iterator[tuple[str, Any]]:
        for part in range(BUCKETS):

            def listed(part: int = part) -> list[tuple[str, bytes]]:
                return [(id, record[PAYLOAD_KEY]) for id, record in self._index()[str(part)].items()]

            for id, value in self._transaction(listed):
                yield id, pickle.loads(value)

    def setup(self) -> None:
        """Creates missing parts; ShapeMismatch if session3's own class left sessions."""

        def make() -> None:
            root = self.connection.get_root()
            if SAFE_KEY in root:
                return
            if root.get(SESSIONS_KEY):
                raise marks.unmigrated(f"root['{SESSIONS_KEY}']")
            root[SAFE_KEY] = PersistentDict({str(part): PersistentDict() for part in range(BUCKETS)})

        self._transaction(make)

    def delete_old_sessions(self, minutes: float) -> tuple[int, int]:
        counts = CleanupCounts(time.time(), minutes * 60, False)
        for part in range(BUCKETS):

            def clean(part: int = part) -> CleanupCounts:
                apart = counts.new_part()
                bucket = self._index()[str(part)]
                for id, record in bucket.items():
                    if apart.is_stale(age_stamp(record[PAYLOAD_KEY])):
                        del bucket[id]
                apart.note_deleted(apart.stale)
                return apart

            counts.add(self._transaction(clean))
        return counts.deleted, counts.live + counts.unreadable

    def _index(self) -> Any:
        return self.connection.get_root()[SAFE_KEY]

    def _bucket(self, id: str) -> Any:
        return self._index()[bucket_of(id)]

    def _payload(self, id: str) -> Any:
        record = self._bucket(id).get(id)
        return None if record is None else record[PAYLOAD_KEY]

    def _transaction(self, work: Callable[[], T]) -> T:
        """Does the work on the newest state and commits it; repeats it if another client was quicker."""
        with self._lock:
            for attempt in range(_ATTEMPTS):
                self.connection.abort()
                try:
                    result = work()
                    self.connection.commit()
                    return result
                except ConflictError:
                    time.sleep(random.uniform(0, min(0.1, 0.001 * 2**attempt)))
                except BaseException:
                    self.connection.abort()
                    raise
        raise StoreError("LockTimeout", f"Expected to commit; another client was quicker {_ATTEMPTS} times.")
