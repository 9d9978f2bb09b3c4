import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunnerInput } from '../../src/api/runner-input.ts';
import { parseResult, type RunnerResult } from '../../src/api/runner-result.ts';
import { sharedProgram } from './shared.ts';

export interface RunnerOptions {
  readonly command: 'setup' | 'delete-old' | 'plan-store';
  readonly input: RunnerInput;
  readonly connection?: string;
  readonly volume?: string;
  readonly deadlineSeconds?: number;
  /** Given the process as soon as it runs, to be killed or told to stop; what it returns is waited for. */
  readonly onStart?: (child: ChildProcess) => unknown;
}

/** How a run of the real program ended. */
export interface RunnerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Standard output and error. */
  readonly output: string;
  /** The content of its termination log, as text, and in the form that the operator reads. */
  readonly resultText: string;
  readonly result: RunnerResult | undefined;
}

/** Runs the program in a process of its own. */
export async function runRunner(options: RunnerOptions): Promise<RunnerEnd> {
  const folder = await mkdtemp(join(tmpdir(), 'runner-'));
  const resultPath = join(folder, 'result');
  const { command, input, connection = '/nowhere', volume = '/nowhere', deadlineSeconds } = options;
  const deadline = deadlineSeconds === undefined ? [] : ['--deadline-seconds', String(deadlineSeconds)];
  const child = spawn(
    process.execPath,
    [
      ...[await sharedProgram(), command, '--store', JSON.stringify(input), '--connection', connection],
      ...['--volume', volume, '--result', resultPath, ...deadline],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const [closed] = await Promise.all([once(child, 'close'), options.onStart?.(child)]);
  const [code, signal] = closed as [number | null, NodeJS.Signals | null];
  const resultText = await readFile(resultPath, 'utf8').catch(() => '');
  await rm(folder, { recursive: true });
  return { code, signal, output, resultText, result: parseResult(resultText) };
}
