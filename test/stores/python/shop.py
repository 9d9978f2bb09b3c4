"""An application on session3 and Quixote, with a session class of its own: driven by lines of JSON."""

from __future__ import annotations

import io
import json
import shelve
import sys
import time
import traceback
from collections import Counter
from contextlib import nullcontext
from unittest.mock import patch

from quixote.directory import Directory
from quixote.http_request import HTTPRequest
from quixote.publish import Publisher
from session3.Session import Session
from session3.SessionManager import SessionManager


class CartSession(Session):
    """A class that only this application can import."""

    def __init__(self, id):
        super().__init__(id)
        self.cart = []


class SlowArticle:
    """An object that is slow to pickle: the store is open in the meantime."""

    def __reduce__(self):
        print(json.dumps({"ok": "open"}), file=answers, flush=True)
        sys.stdin.readline()
        return SlowArticle, ()


# Quixote sends what is printed to its error log.
answers = sys.stdout


def store_of(options):
    package = "sessionstore" if options.get("safe") else "session3"
    if options["kind"] == "shelve":
        module = __import__(f"{package}.store.ShelveSessionStore", fromlist=["ShelveSessionStore"])
        return module.ShelveSessionStore(options["filename"])
    if options["kind"] == "directory":
        from session3.store.DirectorySessionStore import DirectorySessionStore

        return DirectorySessionStore(options["folder"])
    if options["kind"] == "postgres":
        import psycopg2
        from session3.store.PostgresSessionStore import PostgresSessionStore

        return PostgresSessionStore(psycopg2.connect(**options["connection"]))
    if options["kind"] == "mysql":
        import pymysql
        from session3.store.MySQLSessionStore import MySQLSessionStore

        return MySQLSessionStore(pymysql.connect(autocommit=True, **options["connection"]))
    module = __import__(f"{package}.store.DurusSessionStore", fromlist=["DurusSessionStore"])
    from durus.client_storage import ClientStorage
    from durus.connection import Connection

    place = options.get("file")
    if place is None:
        address = options.get("socket") or (options["host"], options["port"])
        place = ClientStorage(address=address)
    return module.DurusSessionStore(Connection(place))


class Shop:
    def __init__(self, store):
        self.store = store
        self.manager = SessionManager(store, CartSession)
        publisher = Publisher(Directory())
        environ = {"REMOTE_ADDR": "192.0.2.1", "SERVER_NAME": "shop", "SERVER_PORT": "80", "REQUEST_METHOD": "GET"}
        publisher._set_request(HTTPRequest(io.BytesIO(b""), environ))

    def save(self, id, age=0):
        session = self.manager.new_session(id)
        session.set_user("anna")
        session.cart.append({"article": id, "price": 9.5})
        session.create_form_token()
        session._creation_time -= age + 60
        session._access_time -= age
        # The safe classes note themselves when a session was saved.
        with patch("time.time", return_value=time.time() - age) if age else nullcontext():
            self.store.save_session(session)

    def save_odd(self, id):
        """Times as an application might keep them instead."""
        session = self.manager.new_session(id)
        session._access_time = "yesterday"
        self.store.save_session(session)

    def save_slowly(self, id):
        session = self.manager.new_session(id)
        session.cart.append(SlowArticle())
        self.store.save_session(session)

    def load(self, id):
        session = self.store.load_session(id)
        if session is None:
            return None
        return {"class": type(session).__name__, "user": session.user, "cart": session.cart}

    def delete(self, id):
        self.store.delete_session(self.store.load_session(id))

    def delete_old(self, minutes):
        """The reference's own clean-up."""
        self.store.delete_old_sessions(minutes)

    def burst(self, name, count, stale_each=0, pause=0):
        """
        Logs in and comes back, as often; what failed, and what was saved and is gone. After each so many, a session
        that was not used for two hours comes in, as from a backup.
        """
        failed, saved = Counter(), []
        ids = [(f"{name}-{n}", 0) for n in range(count)]
        for n in range(count - 1, -1, -stale_each) if stale_each else ():
            ids.insert(n, (f"stale-{name}-{n}", 7200))
        for id, age in ids:
            try:
                self.save(id, age)
                if not age:
                    saved.append(id)
            except Exception as error:
                failed[type(error).__name__] += 1
                self.recover()
            time.sleep(pause)
        lost = self.missing(saved, failed)
        return {"saved": len(saved), "failed": failed, "lost": lost}

    def missing(self, ids, failed=None):
        """
        Which of them cannot be loaded, however often one tries; counts the failures. A store that failed so often
        with one session is broken for good: with the others it is tried once.
        """
        failed = Counter() if failed is None else failed
        lost = []
        tries = 200
        for id in ids:
            for _ in range(tries):
                try:
                    if self.store.load_session(id) is None:
                        lost.append(id)
                    break
                except Exception as error:
                    failed[type(error).__name__] += 1
                    self.recover()
                    time.sleep(0.005)
            else:
                lost.append(id)
                tries = 1
        return lost

    def clean_naively(self, seconds):
        """Cleans like a maintenance script, with only Python's shelve; returns whether it could."""
        try:
            with shelve.open(self.store.filename) as shelf:
                for id in list(shelf):
                    if shelf[id]._access_time < time.time() - seconds:
                        del shelf[id]
        except Exception:
            return False
        return True

    def recover(self):
        connection = getattr(self.store, "connection", None)
        if connection:
            connection.abort()


def main():
    sys.path.insert(0, sys.argv[2])
    shop = Shop(store_of(json.loads(sys.argv[1])))
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": getattr(shop, request.pop("do"))(**request)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    # Pickles name the module.
    import shop as itself

    itself.main()
