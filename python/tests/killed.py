"""Work in a process of its own that kills itself after its k-th step."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from typing import Any

from sessionstore import files
from sessionstore.shelf import dumb, tables

Places = list[tuple[Any, str]]

STEPS: Places = [
    (files, "write_whole rename link_new remove sync_folder"),
    (os, "fsync"),
    (tables, "create"),
    (tables.HashTable, "put delete"),
    (tables.SqliteTable, "put delete begin commit"),
    (dumb.DumbTable, "put delete"),
]
"""Calls that change a file, or make a change durable, by their place."""


def killed_after(k: int, work: Callable[[], object], places: Places) -> int | None:
    """How many steps the work took; None where it was killed. A step 0 never comes."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            steps = _Steps(k, places)
            work()
            os.write(writer, str(steps.count).encode())
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    with open(reader, encoding="ascii") as told:
        text = told.read()
    if os.WIFSIGNALED(status):
        return None
    assert status == 0, "the work failed"
    return int(text)


class _Steps:
    """Counts calls, those within others too."""

    def __init__(self, k: int, places: Places) -> None:
        self.count, self._k = 0, k
        for place, names in places:
            for name in names.split():
                setattr(place, name, self._counted(getattr(place, name)))

    def _counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **options: Any) -> Any:
            result = function(*arguments, **options)
            self.count += 1
            if self.count == self._k:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return step
