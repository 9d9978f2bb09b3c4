"""
Creates, adopts, overwrites or migrates the sessions in a Durus storage, each in one commit with the mark, so that a
killed run has done all or no work.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from durus.file_storage import FileStorage

from .. import files, marks
from ..errors import StoreError
from ..locks import lock_file
from ..marks import Form, Mark, Options
from ..pickles import write
from ..pickles.nodes import Atom
from ..pickles.stamp import stamped
from .database import Database, Transaction
from .forms import (
    BUCKETS,
    MARK_KEY,
    MARK_LOCATION,
    SAFE_KEY,
    SESSIONS_KEY,
    bucket_of,
    form_of,
    plain_payload,
    plain_time,
    session_record,
)
from .records import ROOT, DictRecord, new_record, oid_of, reference


def read_mark(root: DictRecord | None) -> Mark | None:
    entry = root.entries().get(MARK_KEY) if root else None
    if entry is None:
        return None
    text = entry.value.value if isinstance(entry.value, Atom) else None
    return marks.parsed(text if isinstance(text, str) else "", MARK_LOCATION)


@contextmanager
def creating(path: Path, root: Path) -> Iterator[Path]:
    """A temporary name for a new storage at the path, while no other set-up has it."""
    files.check_path(root, path)
    files.make_folder(path.parent, root)
    temporary = path.with_name(f".sessionstore-{path.name}.new")
    with lock_file(temporary.with_suffix(".setup")):
        # Left by a killed run: possibly the storage itself, under its first name.
        files.remove(temporary)
        yield temporary


def create_file(temporary: Path, path: Path, options: Options, form: Form) -> Mark | None:
    """Creates a storage that contains only the mark; None if the name was taken in the meantime."""
    database = Database(FileStorage(str(temporary)))
    try:
        mark = database.transaction(lambda transaction: _Change(transaction, options, form).create(None))
        fd = database.storage.shelf.get_file().file.fileno()
        os.fsync(fd)
        free = files.link_new(temporary, path)
    finally:
        database.close()
    files.remove(temporary)
    return mark if free else None


def setup(database: Database, options: Options, form: Form, what: str) -> dict[str, Any]:
    """A SetupReport of src/api/runner-result.ts."""
    return database.transaction(lambda transaction: _Change(transaction, options, form).settle(what))


class _Change:
    """One transaction of set-up."""

    def __init__(self, transaction: Transaction, options: Options, form: Form) -> None:
        self.transaction, self.options, self.form = transaction, options, form
        self.notes: list[str] = []

    def settle(self, what: str) -> dict[str, Any]:
        root = self.transaction.root
        found, mark = form_of(root), read_mark(root)
        marks.require_own(mark, self.options.owner, what, MARK_LOCATION)
        plan = marks.plan_of(mark, found is not None, self.options)
        if plan == "Refuse":
            raise marks.already_exists(f"sessions in {what}")
        if plan == "Create":
            outcome, mark = "Created", self.create(root, mark)
        elif plan == "Overwrite":
            if found == "Session3" and root and not (mark and mark.origin == "Created"):
                self._require_only_sessions(root, what)
            outcome, mark = "Overwritten", self.create(root, mark)
        else:
            assert root and found
            outcome = "Verified" if mark else "Adopted"
            spent = marks.spent_after(mark, self.options)
            settled = replace(mark or self._mark(origin="Adopted"), form=self.form, spent=spent)
            self._fit(root, found, what, settled, settled != mark)
            mark = settled
        return marks.report(outcome, mark, self.options, self.notes)

    def create(self, root: DictRecord | None, old: Mark | None = None) -> Mark:
        """Replaces existing sessions with empty ones."""
        spent = marks.spent_after(old, self.options)
        mark = replace(old or self._mark(), origin="Created", form=self.form, spent=spent)
        if root is None and self.transaction.new() != ROOT:
            raise StoreError("ServerUnavailable", "Expected to make the root object; another client is about to.")
        if self.form == "Safe":
            key, oid = SAFE_KEY, self._safe_index({})
        else:
            # An application that has the old sessions open continues with the same object, which is empty now.
            known = root.entries().get(SESSIONS_KEY) if root else None
            key, oid = SESSIONS_KEY, oid_of(known.value) if known else self.transaction.new()
            self.transaction.write(oid, new_record(oid, []))
        added = [(key, reference(oid)), (MARK_KEY, write.text(mark.text()))]
        record = root.edited({SESSIONS_KEY, SAFE_KEY, MARK_KEY}, added) if root else new_record(ROOT, added)
        self.transaction.write(ROOT, record)
        return mark

    def _mark(self, origin: str = "Created") -> Mark:
        return Mark(self.options.owner, "Adopted" if origin == "Adopted" else "Created", "Done", self.form)

    def _fit(self, root: DictRecord, found: Form, what: str, mark: Mark, write_mark: bool) -> None:
        """Ensures that the existing sessions have the requested form."""
        added = [(MARK_KEY, write.text(mark.text()))]
        if marks.needs_migration(found, self.form, self.options, what):
            added.append((SAFE_KEY, reference(self._migrated(root))))
            self.transaction.write(ROOT, root.edited({SESSIONS_KEY, SAFE_KEY, MARK_KEY}, added))
            return
        self.transaction.existing(oid_of(root.entries()[SAFE_KEY if found == "Safe" else SESSIONS_KEY].value))
        if write_mark:
            self.transaction.write(ROOT, root.edited({MARK_KEY}, added))

    def _require_only_sessions(self, root: DictRecord, what: str) -> None:
        """Raises ShapeMismatch if any entry is not recognisably a session. Only this project uses the safe form."""
        record = self.transaction.existing(oid_of(root.entries()[SESSIONS_KEY].value))
        entries = record.entries().values()
        if record.unnamed or any(record.refers(entry) or plain_time(entry) is None for entry in entries):
            raise marks.not_only_sessions(what)

    def _migrated(self, root: DictRecord) -> bytes:
        """One record for each session; sessions without a time get this one."""
        record = self.transaction.existing(oid_of(root.entries()[SESSIONS_KEY].value))
        if record.unnamed:
            raise StoreError(
                "ShapeMismatch",
                f"Expected sessions whose ids are strings; {record.unnamed} have others, which the safe form cannot hold. "
                "Delete them, or save them under other ids. The storage was not changed.",
            )
        now, ageless = time.time(), 0
        values: dict[str, bytes] = {}
        for id, entry in record.entries().items():
            if record.refers(entry):
                raise StoreError(
                    "ShapeMismatch",
                    "Expected sessions that stand for themselves; one refers to other persistent objects, which the "
                    "safe form cannot hold. The storage was not changed.",
                )
            changed = plain_time(entry)
            ageless += changed is None
            values[id] = stamped(plain_payload(record, entry), now if changed is None else changed)
        self.notes.append(f"Migrated {len(values)} sessions to the safe form; {ageless} had no time and got this run's.")
        return self._safe_index(values)

    def _safe_index(self, values: dict[str, bytes]) -> bytes:
        buckets: dict[str, list[tuple[str, bytes]]] = {str(n): [] for n in range(BUCKETS)}
        for id, value in values.items():
            oid = self.transaction.new()
            self.transaction.write(oid, session_record(oid, value))
            buckets[bucket_of(id)].append((id, reference(oid)))
        parts: list[tuple[str, bytes]] = []
        for name, entries in buckets.items():
            oid = self.transaction.new()
            self.transaction.write(oid, new_record(oid, entries))
            parts.append((name, reference(oid)))
        index = self.transaction.new()
        self.transaction.write(index, new_record(index, parts))
        return index
