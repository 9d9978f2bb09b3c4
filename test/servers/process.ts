import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts a server as the user (servers refuse root) and waits until a line of its output matches `ready`. It ends
 * with this process, however that ends.
 */
export async function startServer(
  command: readonly string[],
  options: { readonly user: string; readonly ready: RegExp; readonly deathSignal?: 'INT' | 'KILL' },
): Promise<ChildProcess> {
  const deathSignal = options.deathSignal ?? 'INT';
  const drop =
    process.getuid?.() === 0 ? [`--reuid=${options.user}`, `--regid=${options.user}`, '--init-groups'] : [];
  const child = spawn('setpriv', [`--pdeathsig=${deathSignal}`, ...drop, ...command], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-8000);
      if (options.ready.test(output)) resolve();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${command[0]} ended with ${code}:\n${output}`)));
  });
  return child;
}

/** Ends a server and waits until it has. */
export async function stopServer(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
