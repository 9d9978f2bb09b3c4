"""A Durus server, over TCP or a Unix socket."""

from __future__ import annotations

import socket
from typing import Any

from durus.client_storage import ClientStorage
from durus.error import ProtocolError

from ..errors import StoreError

_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 60


def connect(address: str | tuple[str, int], resolved: str | None = None) -> Any:
    """
    Opens a ClientStorage; ConnectionFailed if no server listens. `resolved` is the address to connect to instead of the
    host's name.
    """
    name = address if isinstance(address, str) else f"{address[0]}:{address[1]}"
    dialled = (resolved, address[1]) if resolved and isinstance(address, tuple) else address
    socket.setdefaulttimeout(_CONNECT_SECONDS)
    try:
        storage = ClientStorage(address=dialled)
    except AssertionError as error:
        raise _unreachable(name, "found nobody") from error
    except (OSError, ProtocolError) as error:
        raise _unreachable(name, f"found: {error}") from error
    storage.s.settimeout(_ANSWER_SECONDS)
    return storage


def _unreachable(name: str, found: str) -> StoreError:
    return StoreError(
        "ConnectionFailed", f"Expected a Durus server at {name}; {found}. Start it, or name another address."
    )
