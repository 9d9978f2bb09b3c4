"""
Makes a shelf or a Durus storage of session3's, with sessions of some 300 bytes; all but each LIVEth are a day old.

    python fill.py shelve|durus PATH SESSIONS LIVE
"""

import dbm.gnu
import pickle
import sys
import time

from durus.connection import Connection
from durus.file_storage import FileStorage
from durus.persistent_dict import PersistentDict


class Session:
    """Its times are attributes, as those of session3's."""

    def __init__(self, id: str, age: float) -> None:
        self.id = id
        self.user = "anna"
        self.basket = "x" * 200
        self._creation_time = self._access_time = time.time() - age


kind, path, count, live = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
sessions = (Session(f"session-{n}", 86_400.0 if n % live else 0.0) for n in range(count))
if kind == "shelve":
    with dbm.gnu.open(path, "n") as shelf:
        for session in sessions:
            shelf[session.id.encode()] = pickle.dumps(session)
else:
    connection = Connection(FileStorage(path))
    connection.get_root()["sessions"] = PersistentDict({session.id: session for session in sessions})
    connection.commit()
    connection.get_storage().close()
