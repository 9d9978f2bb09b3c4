"""A shelf of dbm.dumb: what the module itself would make of it, and how large it grows."""

from __future__ import annotations

import dbm.dumb
import random
import unittest
from contextlib import closing
from typing import Any

from sessionstore import files
from sessionstore.errors import StoreError
from sessionstore.shelf import dumb, tables
from sessionstore.shelf.dumb import DumbTable

from .killed import Places, killed_after
from .shelves import ShelfCase


class Dumb(ShelfCase):
    def setUp(self) -> None:
        super().setUp()
        tables.create("dumb", self.path)

    def as_the_module(self) -> dict[bytes, bytes]:
        with closing(dbm.dumb.open(str(self.path), "r")) as database:
            keys: Any = database.keys()
            return {key: database[key] for key in keys}

    def save(self, key: bytes, value: bytes) -> None:
        with closing(DumbTable(self.path)) as table:
            table.put(key, value)

    def test_is_what_the_module_would_have_made_whatever_was_put_and_deleted(self) -> None:
        chance, goal = random.Random(8), dict[bytes, bytes]()
        for _ in range(600):
            key, value = b"k\xe9\x85\n%d" % chance.randrange(30), chance.randbytes(chance.choice([0, 1, 511, 512, 513, 3000]))
            with closing(DumbTable(self.path)) as table:
                if chance.random() < 0.3:
                    table.delete([key])
                    goal.pop(key, None)
                else:
                    table.put(key, value)
                    goal[key] = value
                self.assertEqual({key: table.get(key) for key in table.keys()}, goal)
            self.assertEqual(self.as_the_module(), goal)

    def test_does_not_grow_where_the_same_sessions_are_saved_again_and_again(self) -> None:
        for n in range(1000):
            self.save(b"k%d" % (n % 5), b"x" * 600)
        self.assertLessEqual((self.root / "shop/sessions.dat").stat().st_size, 6 * 1024)
        self.assertLess((self.root / "shop/sessions.dir").stat().st_size, 8 * 1024)

    def test_whose_index_breaks_off_loses_nothing_but_what_was_being_saved(self) -> None:
        index = self.root / "shop/sessions.dir"
        self.save(b"a", b"first")
        for length in range(len(b"'a', (512, 4)")):
            with self.subTest(length):
                before = index.read_bytes()
                index.write_bytes(before + b"'a', (512, 4)"[:length])
                with closing(DumbTable(self.path)) as table:
                    self.assertEqual((len(table.keys()), table.get(b"a")), (length + 1, b"first"))
                self.save(b"b%d" % length, b"next")
                self.assertEqual(self.as_the_module()[b"b%d" % length], b"next")
                self.assertEqual(self.as_the_module()[b"a"], b"first")
        index.write_bytes(b"nonsense\n" + index.read_bytes())
        with closing(DumbTable(self.path)) as table, self.assertRaises(StoreError):
            table.keys()

    def test_keeps_the_old_value_or_has_the_new_one_after_any_kill(self) -> None:
        places: Places = [(dumb.DumbTable, "_free_place _line put"), (files, "write_whole rename")]
        for k in range(1, 4):
            for size in (1, 600):
                self.setUp()
                for n in range(3):
                    self.save(b"k%d" % n, bytes([n]) * 600)
                self.assertIsNone(killed_after(k, lambda size=size: self.save(b"k1", b"new" * size), places))  # type: ignore[misc]
                found = self.as_the_module()
                self.assertIn(found.pop(b"k1"), (bytes([1]) * 600, b"new" * size))
                self.assertEqual(found, {b"k0": bytes([0]) * 600, b"k2": bytes([2]) * 600})


if __name__ == "__main__":
    unittest.main()
