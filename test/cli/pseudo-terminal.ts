import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Types `send` once the output after the step before matches `wait`. */
export interface Step {
  readonly wait: string;
  readonly send: string;
}

/** Runs a command at a terminal of so many columns, does the steps, and prints all of the output and the exit code. */
const driver = `
import codecs, fcntl, json, os, pty, re, struct, sys, termios
columns, steps, command = json.loads(sys.argv[1])
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.execvp(command[0], command)
# A character may come in two reads.
decoder = codecs.getincrementaldecoder("utf-8")("replace")
output = ""
begin = 0
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:
        data = b""
    if not data:
        break
    output += decoder.decode(data)
    while steps and re.search(steps[0]["wait"], output[begin:]):
        begin = len(output)
        os.write(terminal, steps.pop(0)["send"].encode())
status = os.waitpid(child, 0)[1]
print(json.dumps({"output": output, "exitCode": os.waitstatus_to_exitcode(status), "left": len(steps)}))
`;

/** A command as a person runs it at a terminal; every step has to come. */
export async function atTerminal(
  command: readonly string[],
  { columns = 80, steps = [] }: { readonly columns?: number; readonly steps?: readonly Step[] } = {},
): Promise<{ readonly output: string; readonly exitCode: number }> {
  const input = JSON.stringify([columns, steps, command]);
  const { stdout } = await run('python3', ['-c', driver, input], { maxBuffer: 64 * 1024 * 1024 });
  const { left, ...end } = JSON.parse(stdout);
  if (left > 0) throw new Error(`Expected ${left} more steps before the end: ${end.output}`);
  return end;
}
