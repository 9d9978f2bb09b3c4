"""
An application that saves sessions in one of these styles:

- session3, as its DirectorySessionStore does: open for writing, which truncates, then lock, write, unlock, close;
- cachelib: write a temporary file whose first four bytes are the session's end, then rename it over the old one.

It saves each session at most once, and picks those that a clean-up is about to reach.

    session-writer.py FOLDER NUMBER WRITERS STYLE

Prints the names it saved, once its input ends.
"""

import fcntl
import os
import random
import select
import struct
import sys

REACH = 6000
BATCH = 50


def save_as_session3(folder: str, name: str) -> None:
    with open(os.path.join(folder, name), "wb") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        file.write(b"\x80\x04saved " + name.encode())
        # As in session3, what is buffered is written by close(), after this.
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)


def save_as_cachelib(folder: str, name: str) -> None:
    temporary = os.path.join(folder, f"{name}.__wz_cache")
    with open(temporary, "wb") as file:
        file.write(struct.pack("I", 4_000_000_000) + b"\x80\x04saved " + name.encode())
    # The header alone says that the session lives.
    os.utime(temporary, (1, 1))
    os.rename(temporary, os.path.join(folder, name))


def is_over() -> bool:
    return bool(select.select([sys.stdin], [], [], 0)[0])


def main() -> None:
    folder, number, writers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    save = save_as_cachelib if sys.argv[4] == "cachelib" else save_as_session3
    # In the order in which the clean-up reads the folder, each writer its own share.
    names = [entry.name for entry in os.scandir(folder)][number::writers]
    reach = REACH // writers
    choose = random.Random(number)
    saved: set[str] = set()
    front = 0
    print("ready", flush=True)
    sys.stdin.readline()
    while front < len(names) and not is_over():
        for _ in range(BATCH):
            name = names[min(front + choose.randrange(reach), len(names) - 1)]
            if name not in saved and os.path.exists(os.path.join(folder, name)):
                saved.add(name)
                save(folder, name)
        # The clean-up has passed what is gone.
        while front < len(names) and (
            names[front] in saved or not os.path.exists(os.path.join(folder, names[front]))
        ):
            front += 1
    sys.stdin.read()
    print("\n".join(saved))


main()
