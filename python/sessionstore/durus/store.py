"""A Durus storage as a session store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

from .. import files, marks
from ..errors import SET_UP_AGAIN, StoreChanged, StoreError
from ..marks import Form, Options, Owner
from ..counts import CleanupCounts
from ..reserve import Reserve
from . import provision
from .clean import Cleaner
from .database import Database, Transaction
from .file import StorageFile
from .forms import MARK_LOCATION, SAFE_KEY, SESSIONS_KEY, Sessions, form_of, sessions_of
from .server import connect

T = TypeVar("T")


class DurusStore:
    """Opens the storage on first use and keeps it open: a file then belongs to this process alone."""

    def __init__(
        self,
        location: StorageFile | str | tuple[str, int],
        root: Path | None = None,
        form: Form = "Session3",
        while_in_use: Literal["Refuse", "Tolerate"] = "Refuse",
        pack: bool = False,
        address: str | None = None,
    ) -> None:
        self._location, self._root, self._address = location, root, address
        self._form: Form = form
        self._while_in_use, self._pack = while_in_use, pack
        self._opened: Database | None = None

    def load(self, id: str) -> bytes | None:
        return self._with(lambda sessions, transaction: sessions.load(transaction, _valid(id)))

    def save(self, id: str, payload: bytes) -> None:
        self._with(lambda sessions, transaction: sessions.save(transaction, _valid(id), payload, time.time()))

    def delete(self, id: str) -> None:
        self._with(lambda sessions, transaction: sessions.delete(transaction, _valid(id)))

    def has(self, id: str) -> bool:
        return self.load(id) is not None

    def sessions(self) -> Iterator[tuple[str, bytes]]:
        """Every session; in the safe form, one part at a time in memory."""
        for part in self._with(lambda sessions, _: sessions.parts()):

            def listed(sessions: Sessions, transaction: Transaction, part: str = part) -> list[tuple[str, bytes]]:
                return list(sessions.listed(transaction, part))

            yield from self._with(listed)

    def setup(self, options: Options) -> dict[str, Any]:
        if not isinstance(self._location, StorageFile):
            return provision.setup(self._database, options, self._form, self._name)
        path = self._location.path
        assert self._root
        with provision.creating(path, self._root) as temporary:
            if files.inode_of(path) is None:
                made = provision.create_file(temporary, path, options, self._form)
                if made:
                    return marks.report("Created", made, options, self._reserved(self._location.reserve(0)))
            report = provision.setup(self._database, options, self._form, self._name)
            return {**report, "notes": [*report["notes"], *self._reserved(self._database.reserve())]}

    def _reserved(self, reserve: Reserve | None) -> list[str]:
        """Reserves the space that a clean-up needs first; returns notes for the user."""
        return [reserve.note()] if reserve and not reserve.make() else []

    def cleaner(self, owner: Owner | None, age: float, dry_run: bool) -> Cleaner:
        """A run of clean-up; with an owner, only on a storage with the owner's mark."""
        root = self._database.transaction(lambda transaction: transaction.root)
        mark = provision.read_mark(root)
        if owner:
            marks.require_done(mark, owner, self._name, MARK_LOCATION)
        form = form_of(root)
        if form is None:
            raise self._missing()
        # A clean-up of the safe form does not check whether an application uses session3's form.
        if form == "Session3" and self._form == "Safe":
            raise marks.unmigrated(self._name)
        if form == "Session3" and self._database.is_server and self._while_in_use == "Refuse":
            raise StoreError(
                "UnsupportedServer",
                "Expected a storage that no application uses; behind a Durus server, a request that saves while a clean-up "
                "commits gets ConflictError, and session3 loses what it was about to save. No session was deleted. Say "
                "whileInUse: Tolerate if the application tries again, or move it to sessionstore's class (form: Safe).",
            )

        def require_mark(transaction: Transaction) -> None:
            if owner and provision.read_mark(transaction.root) != mark:
                raise StoreChanged(f"the mark at {MARK_LOCATION} of {self._name}")

        counts = CleanupCounts(time.time(), age, dry_run)
        return Cleaner(self._database, sessions_of(form), counts, self._pack, require_mark)

    def close(self) -> None:
        if self._opened:
            self._opened.close()

    @property
    def _name(self) -> str:
        if isinstance(self._location, StorageFile):
            return str(self._location.path)
        return f"the Durus server at {self._location if isinstance(self._location, str) else '%s:%d' % self._location}"

    @property
    def _database(self) -> Database:
        if self._opened and self._opened.is_broken:
            self._opened.close()
            self._opened = None
        if self._opened is None:
            if isinstance(self._location, StorageFile):
                if self._root:
                    files.check_path(self._root, self._location.path)
                if files.inode_of(self._location.path) is None:
                    raise self._missing()
                self._opened = Database(self._location.open(), self._location)
            else:
                self._opened = Database(connect(self._location, self._address))
        return self._opened

    def _with(self, work: Callable[[Sessions, Transaction], T]) -> T:
        def within(transaction: Transaction) -> T:
            form = form_of(transaction.root)
            if form is None:
                raise self._missing()
            return work(sessions_of(form), transaction)

        return self._database.transaction(within)

    def _missing(self) -> StoreError:
        return StoreError(
            "StoreMissing",
            f"Expected sessions at root['{SESSIONS_KEY}'] or root['{SAFE_KEY}'] of {self._name}; found none. {SET_UP_AGAIN}",
        )


def _valid(id: str) -> str:
    if 0 < len(id) <= 1024 and _is_text(id):
        return id
    raise StoreError(
        "InvalidInput",
        "Expected a session's id of 1 to 1024 characters; got one that is empty, longer, or no well-formed text.",
    )


def _is_text(id: str) -> bool:
    try:
        id.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def open_store(options: dict[str, Any]) -> DurusStore:
    """The store of a request: a file below a root, a Unix socket, or a host and its port."""
    location: StorageFile | str | tuple[str, int]
    if "path" in options:
        location = StorageFile(Path(options["path"]))
    else:
        location = options["socket"] if "socket" in options else (options["host"], options["port"])
    root = Path(options["root"]) if "root" in options else None
    address = options.get("address")
    return DurusStore(location, root, options["form"], options["whileInUse"], options["pack"], address)
