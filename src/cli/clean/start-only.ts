import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import type { Access } from '../access.ts';
import { commandFailureOf } from '../command-failure.ts';
import type { ExitCode } from '../exit-codes.ts';
import { exitCodes } from '../exit-codes.ts';
import { printed } from '../output.ts';
import { isForPrograms, type OutputFormat } from '../output-format.ts';
import type { Terminal } from '../terminal.ts';
import { exitCodeOfAll } from './run-figures.ts';
import { startRun } from './start-run.ts';

interface Started {
  readonly namespace: string;
  readonly store: string;
  readonly jobName: string;
  readonly wasRunning: boolean;
}

function startedText(started: readonly Started[], output: OutputFormat): string {
  if (isForPrograms(output)) return printed(started, output);
  const ends = ({ wasRunning }: Started) => (wasRunning ? ' runs already' : ' created');
  return started.map((one) => `job.batch/${one.jobName}${output === 'name' ? '' : ends(one)}\n`).join('');
}

/** Starts a run of each store without following it. */
export async function startOnly(
  { server, namespace }: Access,
  stores: readonly SessionStoreResource[],
  { dryRun = false, output }: { readonly dryRun?: boolean; readonly output: OutputFormat },
  terminal: Terminal,
): Promise<ExitCode> {
  const started: Started[] = [];
  const results: { readonly exitCode: ExitCode }[] = [];
  for (const store of stores) {
    const { name } = store.metadata;
    try {
      const { job, wasRunning } = await startRun(server, store, { dryRun });
      started.push({ namespace, store: name, jobName: job.metadata.name, wasRunning });
      results.push({ exitCode: exitCodes.ok });
    } catch (error) {
      const { exitCode, message } = commandFailureOf(error);
      terminal.stderr.write(`${name}: ${message}\n`);
      results.push({ exitCode });
    }
  }
  terminal.stdout.write(startedText(started, output));
  return exitCodeOfAll(results);
}
