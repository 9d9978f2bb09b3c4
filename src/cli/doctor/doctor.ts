import { runnerOf } from '../../state/pod-end.ts';
import { type Access, type AccessOptions, openAccess } from '../access.ts';
import type { CommandHandler } from '../cli.ts';
import { usageError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import { logLines, logRule } from '../pod-log.ts';
import { type ReadResult, tryRead } from '../read-result.ts';
import { sessionStore } from '../session-stores.ts';
import { painter, showsUtf8, widthOf } from '../terminal.ts';
import { newestPod, runInFocus } from './focus.ts';
import { diagnosisOfOperator } from './operator-diagnosis.ts';
import { operatorFacts } from './operator-facts.ts';
import { type Diagnosis, hasFailed, linesOfDiagnosis } from './step.ts';
import { diagnosisOfStore } from './store-diagnosis.ts';
import { type StoreFacts, storeFacts } from './store-facts.ts';

interface DoctorOptions extends AccessOptions {
  readonly operator?: boolean;
}

const shownLines = 6;

/** The end of the log of the run in focus; undefined if no container of it has started. */
async function endOfLog(
  { server }: Access,
  facts: StoreFacts,
): Promise<ReadResult<readonly string[]> | undefined> {
  const pod = newestPod(runInFocus(facts));
  const { terminated, running } = (pod && runnerOf(pod)?.state) ?? {};
  if (!pod || !(terminated || running)) return undefined;
  const lines = logLines(server, pod.metadata, { tailLines: shownLines }).then((all) => Array.fromAsync(all));
  return tryRead(lines, { what: 'read logs', namespace: pod.metadata.namespace, rule: logRule });
}

async function diagnose(access: Access, name: string | undefined): Promise<Diagnosis> {
  if (name === undefined) return diagnosisOfOperator(await operatorFacts(access, new Date()));
  const facts = await storeFacts(access.server, await sessionStore(access, name), new Date());
  return diagnosisOfStore(facts, await endOfLog(access, facts));
}

/** Prints why a store is not Ready, or how the operator is; exit code 1 says that a step failed. */
export const doctor: CommandHandler<DoctorOptions> = async ({
  args: [name],
  options,
  terminal: { stdout, env },
}) => {
  if (name !== undefined && options.operator)
    throw usageError('Expected the name of a store, or --operator; got both');
  await using access = await openAccess(options);
  const diagnosis = await diagnose(access, name);
  const view = { width: widthOf(stdout), isUtf8: showsUtf8(env), paint: painter(stdout, env) };
  stdout.write(
    linesOfDiagnosis(diagnosis, view)
      .map((line) => `${line}\n`)
      .join(''),
  );
  return hasFailed(diagnosis) ? exitCodes.notWell : exitCodes.ok;
};
