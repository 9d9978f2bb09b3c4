import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

/** Does something while no other process does anything under the same lock file. */
export async function withLock<T>(file: string, action: () => Promise<T>): Promise<T> {
  const release = await lock(file, 'exclusive');
  try {
    return await action();
  } finally {
    release();
  }
}

/**
 * Waits for a lock, which many can share unless one has it exclusively; what is returned gives it back. The lock is a
 * child's, which ends with its standard input, so that it is given back even if this process is killed.
 */
export async function lock(file: string, kind: 'exclusive' | 'shared'): Promise<() => void> {
  await mkdir(path.dirname(file), { recursive: true });
  const script = ['sh', '-c', 'echo locked && cat >/dev/null'];
  const holder = spawn('flock', [`--${kind}`, file, ...script], { stdio: ['pipe', 'pipe', 'inherit'] });
  await Promise.race([
    once(holder.stdout, 'data'),
    once(holder, 'exit').then(([code]) => failed(file, code)),
  ]);
  return () => holder.stdin.end();
}

function failed(file: string, code: unknown): never {
  throw new Error(`Cannot lock ${file}: flock ended with ${code}`);
}
