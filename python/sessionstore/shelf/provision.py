"""
Creates, adopts, overwrites or migrates a shelf. Guarantee: killed at any instant and run again, it ends in the same
state. The mark records the intent before any change, and the file system shows which steps were done.
"""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from .. import files, marks
from ..errors import StoreError
from ..locks import Lease, lock_file
from ..marks import Mark, Options
from ..pickles.stamp import age_stamp, stamped
from . import tables
from .access import Shelf, exclusively_opened, is_on_one_node, opened
from .cursors import cursor_of
from .kinds import Kind, files_of, kind_of, require_absent

_SAMPLE = 100


def read_mark(shelf: Shelf) -> Mark | None:
    text = files.read_own(shelf.mark)
    return None if text is None else marks.parsed(text, str(shelf.mark))


def setup(shelf: Shelf, options: Options) -> dict[str, Any]:
    """A SetupReport of src/api/runner-result.ts."""
    files.check_path(shelf.root, shelf.path)
    files.make_folder(shelf.path.parent, shelf.root)
    with lock_file(shelf.beside("setup")):
        run = _Run(shelf, options)
        plan, outcome = run.advance()
        if plan == "Resume":
            # The intent of an earlier run is completed now; the current request may be another.
            _, second = run.advance()
            outcome = outcome if second == "Verified" else second
        run.sweep()
        run.prepare()
        mark = read_mark(shelf)
    return marks.report(outcome, mark, options, run.notes)


class _Run:
    def __init__(self, shelf: Shelf, options: Options) -> None:
        self.shelf, self.options = shelf, options
        self.notes: list[str] = []

    def advance(self) -> tuple[marks.Plan, str]:
        shelf, options = self.shelf, self.options
        kind = kind_of(shelf.path)
        mark = read_mark(shelf)
        marks.require_own(mark, options.owner, str(shelf.path), str(shelf.mark))
        plan = marks.plan_of(mark, kind is not None, options)
        spent = marks.spent_after(mark, options)
        new_mark = Mark(options.owner, "Created", "Intent", shelf.form, spent)
        if plan == "Create":
            require_absent(shelf.path)
        if plan == "Refuse":
            raise marks.already_exists(f"shelf at {shelf.path}")
        if plan == "Adopt":
            self._require_sessions()
            self._settle(replace(new_mark, origin="Adopted", form="Session3"))
            return plan, "Adopted"
        if plan == "Verify" and mark:
            self._settle(replace(mark, spent=spent))
            return plan, "Verified"
        if plan == "Resume" and mark:
            return plan, self._finish(mark)
        if plan == "Overwrite" and kind:
            if not mark or mark.origin != "Created":
                self._require_only_sessions(kind)
            inodes = {path.name: files.inode_of(path) for path in files_of(kind, shelf.path)}
            replaces = {name: inode for name, inode in inodes.items() if inode is not None}
            new_mark = replace(new_mark, replaces=replaces)
        self._write(new_mark)
        return plan, self._finish(new_mark)

    def sweep(self) -> None:
        """Removes overwritten files, and files that a killed run left."""
        for pattern in ("old-*", "new*", "json.*"):
            for path in files.named(self.shelf.beside(""), pattern):
                files.remove(path)

    def prepare(self) -> None:
        """Creates the files that a clean-up needs and could not create on a full volume."""
        kind = kind_of(self.shelf.path)
        with lock_file(self.shelf.lock):
            reserve = kind and self.shelf.reserve(kind)
        if reserve and not reserve.make():
            self.notes.append(reserve.note())

    def _write(self, mark: Mark) -> None:
        files.write_whole(self.shelf.mark, mark.text().encode())

    def _finish(self, intent: Mark) -> str:
        """Completes the intent of the mark, whichever part of it an earlier run has done."""
        with lock_file(self.shelf.lock):
            for name, inode in intent.replaces.items():
                self._move_out(self.shelf.path.with_name(name), inode)
            if kind_of(self.shelf.path) is None:
                self._create()
        self._write(intent.done())
        return "Overwritten" if intent.replaces else "Created"

    def _move_out(self, path: Path, inode: int) -> None:
        # The old file is kept until the mark is done, so that its inode cannot become that of a new file, which the
        # next run would delete.
        old = self.shelf.beside(f"old-{path.name}")
        if not old.exists() and files.inode_of(path) == inode:
            files.rename(path, old)

    def _create(self) -> None:
        new = self.shelf.beside("new")
        made = files_of(self.shelf.kind, new)
        for path in made:
            files.remove(path)
        tables.create(self.shelf.kind, new)
        # The file without which there is no shelf comes last. A name that is taken in the meantime belongs to the
        # application.
        for path, target in reversed(list(zip(made, files_of(self.shelf.kind, self.shelf.path), strict=True))):
            if path.exists():
                files.link_new(path, target)
                files.remove(path)

    def _settle(self, mark: Mark) -> None:
        """Gives an existing shelf the requested form, and the mark."""
        if marks.needs_migration(mark.form, self.shelf.form, self.options, str(self.shelf.path)):
            self._migrate()
        settled = replace(mark.done(), form=self.shelf.form)
        if settled != read_mark(self.shelf):
            self._write(settled)

    def _migrate(self) -> None:
        """Stamps sessions without a time, so that they can become old. Either class can read both forms."""
        kind = kind_of(self.shelf.path)
        assert kind
        local = is_on_one_node(self.shelf)
        lease = Lease() if local else None
        cursor, count, now, done = cursor_of(kind), 0, time.time(), False
        while not done:
            with exclusively_opened(self.shelf, kind, lease) as table:
                keys = cursor.take(table, 256)
                values = [(key, table.get(key)) for key in keys]
                ageless = [(key, value) for key, value in values if value is not None and age_stamp(value) is None]
                for key, value in ageless:
                    table.put(key, stamped(value, now))
                count += len(ageless)
                done = not keys
        self.notes.append(f"Migrated to the safe form; {count} sessions had no time and got this run's.")

    def _require_only_sessions(self, kind: Kind) -> None:
        """Raises ShapeMismatch if any value is not recognisably a session: an overwrite destroys all of them."""
        cursor = cursor_of(kind)
        while True:
            with opened(self.shelf, kind) as table:
                keys = cursor.take(table, 256)
                values = [table.get(key) for key in keys]
            if any(value is not None and age_stamp(value) is None for value in values):
                raise marks.not_only_sessions(str(self.shelf.path))
            if not keys:
                return

    def _require_sessions(self) -> None:
        """Raises ShapeMismatch if values of a sample are not pickles."""
        kind = kind_of(self.shelf.path)
        assert kind
        with opened(self.shelf, kind) as table:
            for key in islice(cursor_of(kind).take(table, _SAMPLE), _SAMPLE):
                value = table.get(key)
                if value and value[0] != 0x80:
                    raise StoreError(
                        "ShapeMismatch",
                        f"Expected the values in {self.shelf.path} to be pickled sessions; found another value. "
                        "Name another path.",
                    )
