"""Started by the runner: serves one session store on standard input and output."""

import sys

from sessionstore.server import serve

serve(sys.stdin.buffer, sys.stdout.buffer)
