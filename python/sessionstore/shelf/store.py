"""A shelf as a session store."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from .. import files, marks
from ..errors import SET_UP_AGAIN, StoreError
from ..marks import Options, Owner
from ..pickles.stamp import stamped, unstamped
from ..counts import CleanupCounts
from . import provision
from .access import Shelf, is_on_one_node, mode_of, opened
from .clean import Cleaner
from .cursors import cursor_of
from .kinds import Kind, kind_of, require_absent

_AT_ONCE = 64


class ShelfStore:
    """
    Each call opens the shelf, under the lock file, and closes it: so it is as safe as all other programs that use it.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def load(self, id: str) -> bytes | None:
        with opened(self._shelf, self._kind()) as table:
            value = table.get(key_of(id))
        return None if value is None else unstamped(value)

    def save(self, id: str, payload: bytes) -> None:
        with opened(self._shelf, self._kind()) as table:
            table.put(key_of(id), stamped(payload, time.time()))

    def delete(self, id: str) -> None:
        with opened(self._shelf, self._kind()) as table:
            table.delete([key_of(id)])

    def has(self, id: str) -> bool:
        with opened(self._shelf, self._kind()) as table:
            return table.get(key_of(id)) is not None

    def sessions(self) -> Iterator[tuple[str, bytes]]:
        """Every session; the shelf is open only while some are read."""
        kind = self._kind()
        cursor = cursor_of(kind)
        while True:
            with opened(self._shelf, kind) as table:
                keys = cursor.take(table, _AT_ONCE)
                found = [(key, table.get(key)) for key in keys]
            if not keys:
                return
            yield from ((id_of(key), unstamped(value)) for key, value in found if value is not None)

    def setup(self, options: Options) -> dict[str, Any]:
        return provision.setup(self._shelf, options)

    def cleaner(self, owner: Owner | None, age: float, dry_run: bool) -> Cleaner:
        """A run of clean-up; with an owner, only on a shelf with the owner's mark."""
        kind = self._kind()
        form = self._shelf.form
        version = files.version_of(self._shelf.mark) if owner else None
        if owner:
            shelf = self._shelf
            mark = marks.require_done(provision.read_mark(shelf), owner, str(shelf.path), str(shelf.mark))
            form = mark.form
            # A clean-up of the safe form does not check whether an application uses session3's form.
            if form == "Session3" and self._shelf.form == "Safe":
                raise marks.unmigrated(str(self._shelf.path))
        local = is_on_one_node(self._shelf)
        mode = mode_of(self._shelf, kind, form, local)
        return Cleaner(self._shelf, kind, mode, CleanupCounts(time.time(), age, dry_run), local, version)

    def close(self) -> None:
        """No file is kept open."""

    def _kind(self) -> Kind:
        files.check_path(self._shelf.root, self._shelf.path)
        kind = kind_of(self._shelf.path)
        if kind:
            return kind
        require_absent(self._shelf.path)
        raise StoreError(
            "StoreMissing",
            f"Expected a shelf at {self._shelf.path}; found nothing. {SET_UP_AGAIN}",
        )


def key_of(id: str) -> bytes:
    """The key of a session in shelve's form; InvalidInput for an impossible id."""
    try:
        key = id.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        key = b""
    # A character that is encoded as bytes would come back as another id.
    if 0 < len(key) <= 1024 and id_of(key) == id:
        return key
    raise StoreError(
        "InvalidInput",
        "Expected a session's id of 1 to 1024 bytes; got one that is empty, longer, or no well-formed text.",
    )


def id_of(key: bytes) -> str:
    """The reverse: a byte that is not valid UTF-8 is a lone surrogate from U+DC80 to U+DCFF."""
    return key.decode("utf-8", "surrogateescape")
