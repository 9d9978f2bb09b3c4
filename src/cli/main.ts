import path from 'node:path';
import { exitCodes } from './exit-codes.ts';
import { runCli } from './program.ts';

const onBrokenPipe = (act: () => void) => (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  act();
};

/** The command line as a process; returns the exit code. */
export async function cli(args: readonly string[]): Promise<number> {
  // The reader of a pipe may have seen enough, such as `head`: the rest of the work has no reader, and its end is unknown.
  process.stdout.on(
    'error',
    onBrokenPipe(() => process.exit(exitCodes.brokenPipe)),
  );
  process.stderr.on(
    'error',
    onBrokenPipe(() => undefined),
  );
  const isPlugin = path.basename(process.argv[1] ?? '').startsWith('kubectl-');
  return runCli(args, process, isPlugin ? 'kubectl sessionstore' : 'sessionstore');
}
