import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** How to run a command: where, with what environment, and what to write to it. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

/** Runs a command to its end and gives its standard output; fails with what it wrote to standard error. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const child = spawn(command, args, { cwd: options.cwd, env: options.env, stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  // A command that does not read its input ends before the pipe is empty; its exit code tells the story.
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', reject).on('close', (exit, signal) => resolve(exit ?? signal ?? 'no exit code'));
  });
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${(stderr || stdout).trim()}`);
}

/** Runs a step of the set-up, with one line on the screen that names it and says how long it took. */
export async function step<T>(name: string, action: () => Promise<T>): Promise<T> {
  const started = performance.now();
  process.stderr.write(`  ${name} … `);
  try {
    const result = await action();
    process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stderr.write('failed\n');
    throw error;
  }
}

/**
 * Asks again and again until the answer is neither undefined nor false, and gives it.
 * An error counts as "not yet"; the last one is part of the message when time is up.
 */
export async function until<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      if (error instanceof HopelessError) throw error;
      last = error;
    }
    await delay(50);
  }
  throw new Error(`Waited ${timeoutMs / 1000} s in vain for ${what}`, { cause: last });
}

/** Ends an `until` at once: what it waits for can no longer come. */
export class HopelessError extends Error {}
