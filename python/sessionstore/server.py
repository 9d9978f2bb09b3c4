"""
The other end of src/stores/python/process.ts: one JSON request on each line of standard input, one JSON response on
each line of standard output. Payloads are base64. Long work is requested step by step, so that no request has to be
interrupted.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from . import files
from .errors import StoreError
from .marks import Options, Owner
from .shelf.access import Shelf
from .shelf.store import ShelfStore

Json = dict[str, Any]

_CHUNK = 1 << 20
"""Approximate bytes of payloads in one response."""


class Run(Protocol):
    def step(self, seconds: float) -> bool: ...
    def progress(self) -> dict[str, int]: ...
    def report(self) -> Json: ...


class Store(Protocol):
    def load(self, id: str) -> bytes | None: ...
    def save(self, id: str, payload: bytes) -> None: ...
    def delete(self, id: str) -> None: ...
    def has(self, id: str) -> bool: ...
    def sessions(self) -> Iterator[tuple[str, bytes]]: ...
    def setup(self, options: Options) -> Json: ...
    def cleaner(self, owner: Owner | None, age: float, dry_run: bool) -> Run: ...
    def close(self) -> None: ...


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers requests until the input ends."""
    server = Server()
    for line in requests:
        answers.write(json.dumps(server.answer(json.loads(line))).encode() + b"\n")
        answers.flush()
    server.close()


class Server:
    """One store and its active work: iterations and a clean-up, by number."""

    def __init__(self) -> None:
        self._store: Store | None = None
        self._iterations: dict[int, Iterator[tuple[str, bytes]]] = {}
        self._runs: dict[int, Run] = {}
        self._count = 0

    def answer(self, request: Json) -> Json:
        try:
            method: Callable[[Json], Any] = getattr(self, f"do_{request['do']}")
            return {"ok": method(request.get("with", {}))}
        except StoreError as error:
            return _refused(error)
        except OSError as error:
            return _refused(files.store_error(error))
        except Exception as error:
            # The place of the error without its message, which may quote a session.
            frames = traceback.extract_tb(error.__traceback__)
            places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[:-5:-1])
            return _refused(StoreError("InternalError", f"Unforeseen: {type(error).__name__} at {places}"))

    def close(self) -> None:
        if self._store:
            self._store.close()

    def do_open(self, options: Json) -> None:
        self._store = _openers[options.pop("store")](options)

    def do_load(self, with_: Json) -> str | None:
        payload = self.store.load(with_["id"])
        return None if payload is None else _encoded(payload)

    def do_save(self, with_: Json) -> None:
        self.store.save(with_["id"], base64.b64decode(with_["payload"]))

    def do_delete(self, with_: Json) -> None:
        self.store.delete(with_["id"])

    def do_has(self, with_: Json) -> bool:
        return self.store.has(with_["id"])

    def do_iterate(self, _: Json) -> int:
        self._count += 1
        self._iterations[self._count] = self.store.sessions()
        return self._count

    def do_next(self, with_: Json) -> list[list[str]]:
        """The next sessions; empty at the end."""
        chunk: list[list[str]] = []
        size = 0
        for id, payload in self._iterations[with_["iteration"]]:
            chunk.append([id, _encoded(payload)])
            size += len(payload) + 100
            if size > _CHUNK:
                break
        if not chunk:
            self.do_end(with_)
        return chunk

    def do_end(self, with_: Json) -> None:
        self._iterations.pop(with_["iteration"], None)

    def do_setup(self, with_: Json) -> Json:
        options = Options(
            owner=Owner(**with_["owner"]),
            if_exists=with_["ifExists"],
            overwrite_token=with_.get("overwriteToken"),
            spent_tokens=tuple(with_.get("spentTokens", ())),
            migrate=with_.get("migrate", False),
        )
        return self.store.setup(options)

    def do_clean(self, with_: Json) -> int:
        owner = Owner(**with_["owner"]) if "owner" in with_ else None
        self._count += 1
        self._runs[self._count] = self.store.cleaner(owner, with_["ageSeconds"], with_["dryRun"])
        return self._count

    def do_step(self, with_: Json) -> Json:
        run = self._runs[with_["run"]]
        return {"done": run.step(with_["seconds"]), **run.progress()}

    def do_report(self, with_: Json) -> Json:
        return self._runs.pop(with_["run"]).report()

    @property
    def store(self) -> Store:
        assert self._store, "open comes first"
        return self._store


def _refused(error: StoreError) -> Json:
    # The runner's result limits messages to this length.
    return {"error": {"reason": error.reason, "message": error.message[:1000]}}


def _encoded(payload: bytes) -> str:
    return base64.b64encode(payload).decode("ascii")


def _shelf(options: Json) -> Store:
    return ShelfStore(
        Shelf(
            path=Path(options["path"]),
            root=Path(options["root"]),
            kind=options["dbm"],
            form=options["form"],
            while_in_use=options["whileInUse"],
            colocated=options["colocated"],
        )
    )


def _durus(options: Json) -> Store:
    # Loaded only on demand. On standard error this module reports its build and each commit.
    with contextlib.redirect_stderr(io.StringIO()):
        from durus.logger import logger

        from .durus.store import open_store

    logger.setLevel(100)
    return open_store(options)


_openers: dict[str, Callable[[Json], Store]] = {"shelve": _shelf, "durus": _durus}
