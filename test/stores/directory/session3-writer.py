"""
An application that saves sessions as session3's DirectorySessionStore does: open for writing, which truncates, then
lock, write, unlock, close. It saves each session at most once, and picks those that a clean-up is about to reach.

    session3-writer.py FOLDER NUMBER WRITERS

Prints the names it saved, once its input ends.
"""

import fcntl
import os
import random
import select
import sys

REACH = 6000
BATCH = 50


def save(folder: str, name: str) -> None:
    with open(os.path.join(folder, name), "wb") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        file.write(b"\x80\x04saved " + name.encode())
        # As in session3, what is buffered is written by close(), after this.
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)


def is_over() -> bool:
    return bool(select.select([sys.stdin], [], [], 0)[0])


def main() -> None:
    folder, number, writers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
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
