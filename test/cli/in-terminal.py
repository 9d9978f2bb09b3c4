"""Runs a program in a pseudo-terminal: in-terminal.py COLUMNS PROGRAM ARGUMENT…"""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

master, terminal = pty.openpty()
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
program = subprocess.Popen(sys.argv[2:], stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True)
os.close(terminal)
try:
    while data := os.read(master, 4096):
        sys.stdout.buffer.write(data)
except OSError:
    pass  # The last program has closed the terminal.
sys.exit(program.wait())
