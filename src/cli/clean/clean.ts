import { whyOnlyCounted } from '../../api/effective.ts';
import type { Job } from '../../api/kubernetes.ts';
import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { isCounted } from '../../state/cleanup-history.ts';
import { storeLabel, taskLabel } from '../../state/labels.ts';
import { lastRunOf } from '../../state/last-run.ts';
import { type Access, type AccessOptions, openAccess } from '../access.ts';
import { hasRight, requireRights } from '../access-review.ts';
import type { CommandHandler } from '../cli.ts';
import { ruleText } from '../cli-error.ts';
import { commandFailureOf } from '../command-failure.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { printed } from '../output.ts';
import { isForPrograms, type OutputFormat } from '../output-format.ts';
import { followRun } from '../run/follow-run.ts';
import { Interruption } from '../run/interruption.ts';
import { toCreateJobs, toFollow, toListJobs, toReadCronJobs, toReadLogs } from '../run/rights.ts';
import { RunBoard } from '../run/run-board.ts';
import { RunWatch } from '../run/run-watch.ts';
import { stopRun } from '../run/stop-run.ts';
import { painter, type Terminal } from '../terminal.ts';
import { type Choice, chosenStores } from './chosen-stores.ts';
import { type CleanResult, exitCodeOf, exitCodeOfAll, resultObject, resultText } from './run-figures.ts';
import { startOnly } from './start-only.ts';
import { startRun } from './start-run.ts';

export interface CleanOptions extends AccessOptions, Choice {
  readonly dryRun?: boolean;
  readonly wait: boolean;
  readonly output: OutputFormat;
}

/** Runs at a time: more would compete for the same database server. */
const maxParallelRuns = 5;

const toStart = [toReadCronJobs, toListJobs, toCreateJobs];

/** One call of the command. */
interface Cleaning {
  readonly access: Access;
  readonly options: CleanOptions;
  readonly terminal: Terminal;
  readonly stores: readonly SessionStoreResource[];
  readonly watch: RunWatch;
  readonly board: RunBoard;
  /** The stores that no run was started for yet; Ctrl+C empties it. */
  readonly left: SessionStoreResource[];
  /** The runs that are being started. */
  readonly starting: Set<Promise<unknown>>;
  /** The Jobs of the runs that go on, by store. */
  readonly active: Map<string, Job>;
  /** Ends the following. */
  readonly signal: AbortSignal;
}

const since = ({ metadata, status }: Job): string => status?.startTime ?? metadata.creationTimestamp;

/** Starts a run, or finds the one that goes on. */
async function begin(cleaning: Cleaning, store: SessionStoreResource): Promise<Job> {
  const { access, options, terminal, watch, board, active } = cleaning;
  const { name } = store.metadata;
  const { job, wasRunning } = await startRun(access.server, store, { dryRun: options.dryRun ?? false });
  if (wasRunning) {
    board.clearLines();
    terminal.stderr.write(
      `${name}: a run goes on since ${since(job)} (Job ${job.metadata.name}); following it\n`,
    );
  }
  watch.put(job);
  active.set(name, job);
  return job;
}

/** Runs one store's clean-up to its end. */
async function cleanOne(cleaning: Cleaning, store: SessionStoreResource): Promise<CleanResult> {
  const { access, watch, board, starting, active, signal } = cleaning;
  const { name, namespace } = store.metadata;
  const beginning = begin(cleaning, store);
  starting.add(beginning);
  const job = await beginning.finally(() => starting.delete(beginning));
  const jobName = job.metadata.name;
  const ended = await followRun(access.server, watch, {
    namespace,
    jobName,
    signal,
    onView: (view) => board.show(name, { view }),
    onProgress: (progress) => board.show(name, { progress }),
  }).finally(() => {
    active.delete(name);
    board.remove(name);
  });
  if (!ended) {
    const problem = `Job ${jobName} was deleted before it ended; what it has deleted stays deleted`;
    return { store: name, exitCode: exitCodes.notWell, problem };
  }
  const run = lastRunOf(ended);
  return { store: name, exitCode: exitCodeOf(run), run };
}

/** The same; what keeps a store from being cleaned does not keep the others. */
async function resultOf(cleaning: Cleaning, store: SessionStoreResource): Promise<CleanResult> {
  try {
    return await cleanOne(cleaning, store);
  } catch (error) {
    const { exitCode, message } = commandFailureOf(error);
    return { store: store.metadata.name, exitCode, problem: message };
  }
}

function report({ options, terminal, board }: Cleaning, result: CleanResult): void {
  board.clearLines();
  const { exitCode, run, problem } = result;
  const output = problem === undefined ? terminal.stdout : terminal.stderr;
  const paint = painter(output, terminal.env);
  if (isForPrograms(options.output) && problem === undefined) return;
  const text = options.output === 'name' && run ? `job.batch/${run.jobName}` : resultText(result);
  output.write(`${paint(exitCode === exitCodes.ok ? 'good' : 'bad', text)}\n`);
}

/** Cleans all stores, some at a time, and writes each one's figures as it ends. */
async function cleanAll(cleaning: Cleaning): Promise<readonly CleanResult[]> {
  const { stores, left, signal } = cleaning;
  const results: CleanResult[] = [];
  const worker = async () => {
    for (let store = left.shift(); store && !signal.aborted; store = left.shift()) {
      const result = await resultOf(cleaning, store);
      if (signal.aborted) return;
      results.push(result);
      report(cleaning, result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxParallelRuns, stores.length) }, worker));
  return results;
}

/** Starts no further run, and asks whether the others are to stop; they go on unless a person says that they are not to. */
async function interrupted(
  { access, active, board, left, starting, terminal }: Cleaning,
  interruption: Interruption,
): Promise<ExitCode> {
  const notStarted = left.splice(0).map(({ metadata }) => metadata.name);
  await Promise.allSettled(starting);
  board[Symbol.dispose]();
  const names = [...active.keys()];
  const [first = ''] = names;
  const which = names.length === 1 ? `the run of ${first}` : `the ${names.length} runs that go on`;
  const isToStop = names.length > 0 && (await interruption.confirm(`\nStop ${which}?`));
  for (const [name, job] of active) {
    if (isToStop) await stopRun(access.server, job);
    const text = isToStop
      ? `Job ${job.metadata.name} is deleted: its runner ends after its current step, and what it has deleted stays deleted`
      : `Job ${job.metadata.name} goes on in the cluster; sessionstore clean ${name} follows it again`;
    terminal.stderr.write(`${isToStop ? '' : '\n'}${name}: ${text}\n`);
  }
  if (notStarted.length > 0) terminal.stderr.write(`No run was started for ${notStarted.join(', ')}\n`);
  return exitCodes.interrupted;
}

function notice({ options, terminal, stores }: Cleaning): void {
  for (const store of options.dryRun ? [] : stores) {
    const why = whyOnlyCounted(store.spec, isCounted(store));
    if (why !== undefined) terminal.stderr.write(`${store.metadata.name}: ${why}\n`);
  }
}

async function followAll(cleaning: Cleaning, interruption: Interruption): Promise<ExitCode> {
  const { access, options, terminal } = cleaning;
  notice(cleaning);
  if (!(await hasRight(access.server, access.namespace, toReadLogs)))
    terminal.stderr.write(
      `No progress is shown: a Role with this rule permits it: ${ruleText(toReadLogs.rule)}\n`,
    );
  const results = await interruption.resultOf(cleanAll(cleaning));
  if (!results) return interrupted(cleaning, interruption);
  if (isForPrograms(options.output))
    terminal.stdout.write(
      printed(
        results.map((result) => resultObject(access.namespace, result)),
        options.output,
      ),
    );
  return exitCodeOfAll(results);
}

const selectorOf = (stores: readonly SessionStoreResource[]): string =>
  `${taskLabel}=cleanup,${storeLabel} in (${stores.map(({ metadata }) => metadata.name).join(',')})`;

export const clean: CommandHandler<CleanOptions> = async ({ args, options, terminal }) => {
  await using access = await openAccess(options);
  const { server, namespace } = access;
  const stores = await chosenStores(access, args, options);
  await requireRights(server, namespace, options.wait ? [...toStart, ...toFollow] : toStart);
  if (!options.wait) return startOnly(access, stores, options, terminal);
  const end = new AbortController();
  using interruption = new Interruption(terminal);
  const names = stores.map(({ metadata }) => metadata.name);
  using board = new RunBoard(terminal, names, { isDryRun: options.dryRun ?? false });
  const watch = new RunWatch(server, { namespace, labelSelector: selectorOf(stores) }, end.signal);
  try {
    const cleaning = {
      access,
      options,
      terminal,
      stores,
      watch,
      board,
      left: [...stores],
      starting: new Set<Promise<unknown>>(),
      active: new Map(),
      signal: end.signal,
    };
    return await followAll(cleaning, interruption);
  } finally {
    end.abort();
  }
};
