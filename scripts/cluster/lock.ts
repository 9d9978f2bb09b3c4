import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * Does something while no other process does anything under the same lock file. The lock is a child's, which ends
 * with its standard input, so that it is given back even if this process is killed.
 */
export async function withLock<T>(file: string, action: () => Promise<T>): Promise<T> {
  await mkdir(path.dirname(file), { recursive: true });
  const script = ['sh', '-c', 'echo locked && cat >/dev/null'];
  const holder = spawn('flock', [file, ...script], { stdio: ['pipe', 'pipe', 'inherit'] });
  await Promise.race([
    once(holder.stdout, 'data'),
    once(holder, 'exit').then(([code]) => failed(file, code)),
  ]);
  try {
    return await action();
  } finally {
    holder.stdin.end();
  }
}

function failed(file: string, code: unknown): never {
  throw new Error(`Cannot lock ${file}: flock ended with ${code}`);
}
