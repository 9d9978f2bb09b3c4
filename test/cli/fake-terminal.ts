import type { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { runCli } from '../../src/cli/program.ts';
// A command loads it when it is called, which takes long on a busy machine: not within the time of the first test.
import '../../src/commands/kubeconfig.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

export interface TerminalOptions {
  /** The width of a terminal; without one, the output goes to a pipe. */
  readonly columns?: number;
  readonly env?: Terminal['env'];
  readonly stdin?: string;
  /** A keyboard, which stays open; on a terminal only. */
  readonly keyboard?: PassThrough;
  /** Emits SIGINT for Ctrl+C. */
  readonly signals?: EventEmitter;
  /** Called with everything that was written so far, on both outputs, after each write. */
  readonly onWrite?: (text: string) => void;
}

/** The text that a command printed, and its exit code. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process, as on a terminal of that width or in a pipe. */
export async function cliOutcome(args: readonly string[], options: TerminalOptions = {}): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const output = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
      options.onWrite?.(written.stdout + written.stderr);
    },
    isTTY: options.columns !== undefined,
    ...(options.columns !== undefined && { columns: options.columns }),
  });
  const stdin = Object.assign(options.keyboard ?? new PassThrough(), {
    isTTY: options.keyboard !== undefined,
  });
  if (!options.keyboard) stdin.end(options.stdin ?? '');
  const { signals } = options;
  const exitCode = await runCli(args, {
    stdout: output('stdout'),
    stderr: output('stderr'),
    stdin,
    env: options.env ?? {},
    ...(signals && {
      on: (event, listener) => signals.on(event, listener),
      off: (event, listener) => signals.off(event, listener),
    }),
  });
  return { exitCode, ...written };
}
