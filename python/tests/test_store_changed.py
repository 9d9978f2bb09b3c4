"""A shelf that is replaced during a clean-up is not cleaned, and not replaced again."""

from __future__ import annotations

import os
import unittest
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sessionstore import marks
from sessionstore.errors import StoreChanged
from sessionstore.marks import Mark
from sessionstore.pickles import write
from sessionstore.shelf.kinds import KINDS, Kind, files_of
from sessionstore.shelf.store import ShelfStore

from .durus_case import DurusCase
from durus.file import File

from sessionstore.durus.file import StorageFile
from sessionstore.durus.forms import MARK_KEY
from sessionstore.durus.store import DurusStore

from .shelves import ADOPT, HOUR, OWNER, Session, ShelfCase, available

STALE = {f"stale-{n}": Session(f"stale-{n}", 2 * HOUR) for n in range(120)}
OTHER = {f"other-{n}": Session(f"other-{n}", 2 * HOUR) for n in range(120)}


class ChangedShelf(ShelfCase):
    def test_keeps_all_that_is_in_the_shelf_that_took_its_place(self) -> None:
        for kind in filter(available, KINDS):
            with self.subTest(kind=kind):
                self.setUp()
                run = self._begun(kind)
                for path in files_of(kind, self.path):
                    if path.exists():
                        path.rename(path.with_name(f"away-{path.name}"))
                self.fill(kind, OTHER)
                with self.assertRaises(StoreChanged):
                    self._finish(run)
                self.assertEqual(set(self.ids(self.shelf())), set(OTHER))

    def test_is_left_alone_once_its_mark_is_another_s_or_gone(self) -> None:
        def other(mark: Path) -> None:
            found = marks.parsed(mark.read_text(), "")
            new = mark.with_name("new-mark")
            new.write_text(replace(found, owner=replace(OWNER, name="other")).text())
            new.rename(mark)

        for change in (other, Path.unlink):
            with self.subTest(change=change):
                self.setUp()
                run = self._begun("sqlite3")
                left = len(self.ids(self.shelf()))
                change(self.shelf().mark)
                with self.assertRaises(StoreChanged):
                    self._finish(run)
                self.assertEqual(len(self.ids(self.shelf())), left)

    def _begun(self, kind: Kind) -> Any:
        self.fill(kind, STALE)
        shelf = self.shelf(form="Safe")
        ShelfStore(shelf).setup(replace(ADOPT, migrate=True))
        run = ShelfStore(shelf).cleaner(OWNER, HOUR, False)
        self.assertFalse(run.step(0))
        return run

    def _finish(self, run: Any) -> None:
        while not run.step(0):
            pass


class ChangedDurus(DurusCase):
    def test_keeps_all_that_is_in_the_storage_that_took_its_place(self) -> None:
        with self._begun() as (store, run):
            self._exchange()
            with self.assertRaises(StoreChanged):
                run.step(1)
        self.assertEqual(self._ids(), set(OTHER))

    def test_does_not_pack_over_the_storage_that_took_its_place(self) -> None:
        fsync = File.fsync

        def exchange(file: Any) -> None:
            fsync(file)
            if "pack" in file.get_name():
                self._exchange()

        with self._begun(pack=True) as (store, run), patch.object(File, "fsync", exchange):
            with self.assertRaises(StoreChanged):
                run.step(1)
        self.assertEqual(self._ids(), set(OTHER))

    def test_is_left_alone_once_its_mark_is_another_s(self) -> None:
        self.fill(STALE)
        self.set_up(replace(ADOPT, migrate=True), form="Safe")
        address = self.serve_tcp()
        with closing(DurusStore(address, form="Safe")) as store, closing(DurusStore(address, form="Safe")) as other:
            run = store.cleaner(OWNER, HOUR, False)
            self.assertFalse(run.step(0))
            left = len(list(other.sessions()))

            def take(transaction: Any) -> None:
                root = transaction.root
                text = Mark(replace(OWNER, name="other"), "Adopted", "Done", "Safe").text()
                transaction.write(root.oid, root.edited({MARK_KEY}, [(MARK_KEY, write.text(text))]))

            other._database.transaction(take)
            with self.assertRaises(StoreChanged):
                while not run.step(0):
                    pass
            self.assertEqual(len(list(other.sessions())), left)

    def _begun(self, **options: Any) -> Any:
        self.fill(STALE)
        self.set_up()
        return _Begun(self.store(**options))

    def _exchange(self) -> None:
        self.path.rename(self.root / "away")
        self.fill(OTHER)

    def _ids(self) -> set[str]:
        with closing(self.store()) as store:
            return {id for id, _ in store.sessions()}


class _Begun:
    def __init__(self, store: DurusStore) -> None:
        self.store = store

    def __enter__(self) -> Any:
        return self.store, self.store.cleaner(OWNER, HOUR, False)

    def __exit__(self, *_: object) -> None:
        self.store.close()


if __name__ == "__main__":
    unittest.main()
