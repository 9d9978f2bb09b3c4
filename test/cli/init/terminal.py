"""Runs a command in a pseudo-terminal of 80 columns: answers are typed once their question is there.

terminal.py ANSWERS COMMAND...: ANSWERS is JSON, a list of [text to wait for, answer]."""
import fcntl, json, os, pty, select, struct, sys, termios, time

answers = json.loads(sys.argv[1])
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
screen, seen, deadline = b"", 0, time.monotonic() + 60
while time.monotonic() < deadline:
    if not select.select([terminal], [], [], 1)[0]:
        continue
    try:
        part = os.read(terminal, 65536)
    except OSError:
        break
    if not part:
        break
    screen += part
    while answers and answers[0][0].encode() in screen[seen:]:
        seen = len(screen)
        os.write(terminal, answers.pop(0)[1].encode() + b"\n")
_, status = os.waitpid(pid, 0)
print(json.dumps({"screen": screen.decode(), "code": os.waitstatus_to_exitcode(status)}))
