"""For every error, no response and no output on standard error names a session: the id is enough to use the session."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sessionstore.server import Server
from sessionstore.shelf import dumb, tables
from sessionstore.shelf.kinds import Kind, files_of

from .durus_case import DurusCase
from .shelves import HOUR, OWNER, Session, ShelfCase, available

SECRET = "c0ffee5ec2e7"
IDS = [f"{SECRET}-{n}" for n in range(40)] + [f"{SECRET}-é"]
AS_OWNER = {"installation": OWNER.installation, "namespace": OWNER.namespace, "name": OWNER.name}
SETUP = {"owner": AS_OWNER, "ifExists": "Adopt"}
CLEAN = {"owner": AS_OWNER, "ageSeconds": HOUR, "dryRun": False}
ERRORS: list[Exception] = [
    KeyError(IDS[0]),
    ValueError(IDS[0]),
    OSError(5, f"at {IDS[0]}"),
    sqlite3.DatabaseError(IDS[0]),
    sqlite3.OperationalError(IDS[0]),
]


def said(opening: dict[str, Any], store: str) -> list[Any]:
    """Everything that is answered to a program and to the operator, but what holds sessions because it was asked for."""
    server = Server()
    answers = [server.answer({"do": "open", "with": {"store": store, **opening}})]
    steps: list[tuple[str, dict[str, Any]]] = [
        ("setup", SETUP),
        ("clean", CLEAN),
        ("step", {"run": 1, "seconds": 1}),
        ("report", {"run": 1}),
    ]
    for work, with_ in steps:
        answers.append(server.answer({"do": work, "with": with_}))
    for id in (IDS[0], f"{SECRET}-{'x' * 2000}", f"{SECRET}\ud800"):
        for work in ("has", "delete", "save"):
            answers.append(server.answer({"do": work, "with": {"id": id, "payload": "gARLAS4="}}))
        answers.append({"error": server.answer({"do": "load", "with": {"id": id}}).get("error")})
    server.close()
    return answers


def in_child(work: Callable[[], object]) -> bytes:
    """The output of a process that may crash, or hang, on the data that it reads."""
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            signal.alarm(20)
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            try:
                os.write(1, json.dumps(work()).encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        output.seek(0)
        return output.read()


def corrupted(path: Path, sound: bytes, seed: int) -> None:
    source = random.Random(seed)
    data = bytearray(sound)
    for _ in range(source.choice((1, 8, 64))):
        data[source.randrange(len(data))] = source.randrange(256)
    path.write_bytes(data[: source.choice((len(data), len(data), source.randrange(len(data))))])


class Shelves(ShelfCase):
    def test_where_a_table_fails(self) -> None:
        places: list[tuple[Kind, Any, str]] = [
            ("gnu", tables.HashTable, "get delete put keys"),
            ("sqlite3", tables.SqliteTable, "get delete put after"),
            ("dumb", dumb.DumbTable, "get delete put keys"),
        ]
        for kind, place, names in places:
            if available(kind):
                self.setUp()
                self._make(kind)
                for name, error in ((name, error) for name in names.split() for error in ERRORS):
                    with self.subTest(kind=kind, name=name, error=error), patch.object(place, name, side_effect=error):
                        self.assertNotIn(SECRET, json.dumps(said(self._opening(), "shelve")))

    def test_where_the_file_is_broken(self) -> None:
        kinds: list[Kind] = ["gnu", "sqlite3", "dumb"]
        for kind in kinds:
            if available(kind):
                self.setUp()
                self._make(kind)
                main = files_of(kind, self.path)[0]
                sound = main.read_bytes()
                for seed in range(12):
                    corrupted(main, sound, seed)
                    with self.subTest(kind=kind, seed=seed):
                        self.assertNotIn(SECRET.encode(), in_child(lambda: said(self._opening(), "shelve")))

    def _make(self, kind: Kind) -> None:
        self.fill(kind, {id: Session(id, 2 * HOUR) for id in IDS})

    def _opening(self) -> dict[str, Any]:
        where = {"path": str(self.path), "root": str(self.root)}
        return {**where, "dbm": "gnu", "form": "Session3", "whileInUse": "Refuse", "colocated": False}


class Storages(DurusCase):
    def test_where_the_file_is_broken(self) -> None:
        self.fill({id: Session(id, 2 * HOUR) for id in IDS})
        sound = self.path.read_bytes()
        where = {"path": str(self.path), "root": str(self.root)}
        opening = {**where, "form": "Session3", "whileInUse": "Refuse", "pack": False}
        for seed in range(12):
            corrupted(self.path, sound, seed)
            with self.subTest(seed=seed):
                self.assertNotIn(SECRET.encode(), in_child(lambda: said(opening, "durus")))


if __name__ == "__main__":
    unittest.main()
