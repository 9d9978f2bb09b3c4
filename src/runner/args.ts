import { parseArgs } from 'node:util';
import { z } from 'zod';
import { backendIn, layoutIn } from '../api/effective.ts';
import { type RunnerInput, runnerInputSchema } from '../api/runner-input.ts';
import { StoreError } from '../stores/store-error.ts';

/** The runner's command line, parsed and checked. */
export interface RunnerArgs {
  readonly input: RunnerInput;
  readonly connectionPath: string;
  readonly volumePath: string;
  /** The deadline of the Job that runs this command. */
  readonly deadlineSeconds?: number;
}

const options = {
  store: { type: 'string' },
  connection: { type: 'string', default: '/connection' },
  volume: { type: 'string', default: '/volume' },
  result: { type: 'string' },
  'deadline-seconds': { type: 'string' },
} as const;

const invalid = (message: string, cause?: unknown) => new StoreError('InvalidInput', message, { cause });

function flagsOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    throw invalid((error as Error).message, error);
  }
}

function inputOf(text: string | undefined): RunnerInput {
  if (text === undefined) throw invalid('Expected --store JSON, the spec of the store');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid(`Expected --store to be JSON: ${(error as Error).message}`, error);
  }
  // Zod would compile the schema first, which takes longer than to check one input by it.
  const parsed = runnerInputSchema.safeParse(json, { jitless: true });
  if (!parsed.success) throw invalid(`--store: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function checkBackend({ store }: RunnerInput): void {
  if (Object.values(store.backend).filter(Boolean).length !== 1) {
    throw invalid('Expected --store to name exactly one backend that this version knows');
  }
  const layout = layoutIn(store);
  const { name, kind } = backendIn(store);
  if (!kind.supports(layout)) throw invalid(`The layout ${layout.name} has no form for ${name}`);
}

/** Parses the command line; throws InvalidInput with the wrong argument. */
export function parseRunnerArgs(args: readonly string[]): RunnerArgs {
  const flags = flagsOf(args);
  const input = inputOf(flags.store);
  checkBackend(input);
  const deadline = flags['deadline-seconds'];
  if (deadline !== undefined && !/^[1-9]\d{0,8}$/.test(deadline)) {
    throw invalid(`Expected --deadline-seconds to be a whole number, got ${deadline}`);
  }
  return {
    input,
    connectionPath: flags.connection,
    volumePath: flags.volume,
    ...(deadline !== undefined && { deadlineSeconds: Number(deadline) }),
  };
}

/** `--result`, even if the rest of the command line is wrong; undefined means the pod's termination log. */
export function resultPathOf(args: readonly string[]): string | undefined {
  const { result } = parseArgs({ args: [...args], options, strict: false }).values;
  return typeof result === 'string' ? result : undefined;
}
