import path from 'node:path';
import { runCli } from './program.ts';

/** The command line as a process; returns the exit code. */
export async function cli(args: readonly string[]): Promise<number> {
  // The reader of a pipe may have seen enough, such as `head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const isPlugin = path.basename(process.argv[1] ?? '').startsWith('kubectl-');
  return runCli(args, process, isPlugin ? 'kubectl sessionstore' : 'sessionstore');
}
