import { readFileSync } from 'node:fs';
import path from 'node:path';
import { assertRunning, type Daemon, type ProcessId, processId, recordOf, startDaemon } from './daemon.ts';
import { until } from './run.ts';

/**
 * Starts a script of this folder as process 1 of process, mount and network namespaces of its own, so that the
 * kernel ends and undoes everything it did when it ends.
 */
export async function startInNamespaces(
  name: string,
  args: readonly string[],
  place: Pick<Daemon, 'directory' | 'outlivesUs'>,
): Promise<ProcessId> {
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const script = ['bash', path.join(import.meta.dirname, `${name}.sh`), ...args];
  const id = startDaemon({ name, command: 'unshare', args: [...namespaces, ...script], ...place });
  // Until it has forked, it may not be in its own namespaces yet.
  await until(`${name} to have its namespaces`, 60_000, () => {
    assertRunning(name, id, place.directory);
    return firstProcess(id) !== undefined;
  });
  return id;
}

/** The command line that runs a command with the files that such a script sees. */
export function insideNamespaces(
  name: string,
  directory: string,
  ...command: readonly string[]
): readonly string[] {
  const id = recordOf(name, directory);
  if (id === undefined) throw new Error(`${name} does not run. Start it: make cluster-up`);
  return ['nsenter', `--target=${id.pid}`, '--mount', '--root', '--', ...command];
}

function firstProcess({ pid }: ProcessId): ProcessId | undefined {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return child ? processId(Number(child)) : undefined;
}
