"""
Sessions that no application saved: pickles that would run a command when they are loaded, and such as claim or lack
what breaks a careless reader. `pickles TRAP` prints them, `shelve FILE TRAP` puts them into a shelf, `durus FILE TRAP`
saves objects like these; `load` loads one from standard input as an application would.
"""

from __future__ import annotations

import base64
import json
import os
import pickle
import shelve
import sys
import time


class Trap:
    """Loaded by pickle, it makes a file."""

    def __init__(self, path, depth=0, state=None):
        self.path, self.depth, self.state = path, depth, state

    def __reduce__(self):
        argument = Trap(self.path, self.depth - 1) if self.depth else None
        call = (os.system, (f"touch {self.path}",)) if argument is None else (max, (argument, 0))
        return (*call, self.state) if self.state else call


def session(trap, age):
    """A session with a readable age and a trap."""
    return {"_access_time": time.time() - age, "cart": Trap(trap)}


def pickles(trap):
    whole = pickle.dumps({"_access_time": 1.6e9, "user": "anna"}, 4)
    command = f"touch {trap}".encode()
    text = b"X" + len(command).to_bytes(4, "little") + command
    found = {
        "command": pickle.dumps(Trap(trap)),
        "command of protocol 0": pickle.dumps(Trap(trap), 0),
        "command with a state": pickle.dumps(Trap(trap, 0, {"user": "anna"})),
        "commands within commands": pickle.dumps(Trap(trap, 50)),
        "command as an instance": b"\x80\x04(" + text + b"ios\nsystem\n.",
        "command as an object": b"\x80\x04(cos\nsystem\n" + text + b"o.",
        "command by its stack": b"\x80\x04\x8c\x02os\x8c\x06system\x93" + text + b"\x85R.",
        "command in a set": b"\x80\x04\x8f(cos\nsystem\n" + text + b"\x85R\x90.",
        "command as a key": b"\x80\x04}cos\nsystem\n" + text + b"\x85RK\x01s.",
        "command, dropped": b"\x80\x04cos\nsystem\n" + text + b"\x85R0}.",
        "extension": b"\x80\x04\x82\x01.",
        "persistent id": b"\x80\x04Panywhere\n.",
        "bytes of 4 EiB": b"\x80\x04\x8e" + (1 << 62).to_bytes(8, "little") + b"x.",
        "text of 16 EiB": b"\x80\x04\x8d" + b"\xff" * 8 + b"x.",
        "integer of 2 GiB": b"\x80\x04\x8b\xff\xff\xff\x7fx.",
        "integer of a negative length": b"\x80\x04\x8b\xff\xff\xff\xffx.",
        "frame of 16 EiB": b"\x80\x04\x95" + b"\xff" * 8 + b"}.",
        "memo of four billion": b"\x80\x04}r\xff\xff\xff\xff.",
        "lists within lists": b"\x80\x04" + b"]" * 10_000 + b"a" * 9_999 + b".",
        "marks without end": b"\x80\x04" + b"(" * 10_000 + b".",
        "a billion references": b"\x80\x04]" + b"2aq\x00h\x00" * 5_000 + b"0" * 5_000 + b".",
        "pops of nothing": b"\x80\x04" + b"0" * 100 + b".",
        "nothing": b"",
        "no pickle": b"no pickle at all",
    }
    for cut in (1, 2, 3, 10, len(whole) // 2, len(whole) - 1):
        found[f"cut at {cut}"] = whole[:cut]
    stale, live = (pickle.dumps(session(trap, age)) for age in (7200, 0))
    return {**found, "stale": stale, "live": live}


def put_in_shelf(file, trap):
    with shelve.open(file) as shelf:
        for name, data in pickles(trap).items():
            shelf.dict[name.encode()] = data


def save_in_durus(file, trap):
    from durus.connection import Connection
    from durus.file_storage import FileStorage
    from durus.persistent_dict import PersistentDict

    connection = Connection(FileStorage(file))
    sessions = connection.get_root().setdefault("sessions", PersistentDict())
    for name in ("stale", "live"):
        sessions[name] = session(trap, 7200 if name == "stale" else 0)
    sessions["command"] = Trap(trap)
    sessions["command with a state"] = Trap(trap, 0, {"user": "anna"})
    sessions["commands within commands"] = Trap(trap, 50)
    connection.commit()


if __name__ == "__main__":
    if sys.argv[1] == "pickles":
        print(json.dumps({name: base64.b64encode(data).decode() for name, data in pickles(sys.argv[2]).items()}))
    elif sys.argv[1] == "shelve":
        put_in_shelf(*sys.argv[2:])
    elif sys.argv[1] == "durus":
        save_in_durus(*sys.argv[2:])
    else:
        pickle.load(sys.stdin.buffer)
