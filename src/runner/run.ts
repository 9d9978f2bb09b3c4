import { writeFile } from 'node:fs/promises';
import type { BackendName } from '../api/backends/index.ts';
import { backendIn, layoutIn } from '../api/effective.ts';
import { exitCodeOf } from '../api/reasons.ts';
import type { RunnerInput } from '../api/runner-input.ts';
import type { RunnerResult } from '../api/runner-result.ts';
import type { OpenOptions } from '../stores/index.ts';
import type { CleanupProgress } from '../stores/session-store.ts';
import { StoreError } from '../stores/store-error.ts';
import { parseRunnerArgs, type RunnerArgs, resultPathOf } from './args.ts';
import { type Rewrite, withClaimPaths } from './claim-paths.ts';
import { credentialsIn } from './credentials.ts';
import { type Failure, failureOf, reportOf } from './failure.ts';
import { progressLog } from './progress-log.ts';
import type { Credential } from './scrub.ts';
import { serializeResult } from './serialize-result.ts';
import { Stop } from './stop.ts';

/** The work of a command on an open store. */
export interface Command<Store extends AsyncDisposable> {
  readonly name: RunnerResult['command'];
  /** Time that the work is given after a stop; 0 for work that is safe to interrupt at any instant. */
  readonly graceMs: number;
  readonly open: (name: BackendName, options: OpenOptions<unknown>) => Promise<Store>;
  readonly work: (store: Store, input: RunnerInput, run: Running) => Promise<Report>;
}

/** A run as the work of its command sees it. */
interface Running {
  readonly signal: AbortSignal;
  /** Keeps the progress of a clean-up, and logs it at intervals. */
  readonly onProgress: (progress: CleanupProgress) => void;
}

type Report = Pick<RunnerResult, 'setup' | 'cleanup' | 'plan'>;
type RunOutcome = Report & { readonly failure?: Failure; readonly stack?: string };

const terminationLog = '/dev/termination-log';

/** One line of JSON, written directly, because loading a logger would take longer than some runs. */
function log(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
}

async function storeOf<Store extends AsyncDisposable>(
  { open }: Command<Store>,
  { input, connectionPath, volumePath }: RunnerArgs,
): Promise<Store> {
  const { name, kind, spec } = backendIn(input.store);
  const timeZone = input.store.layoutOptions?.timeZone;
  try {
    return await open(name, {
      spec,
      layout: layoutIn(input.store),
      connectionPath,
      volumePath,
      ...(timeZone !== undefined && { timeZone }),
    });
  } catch (error) {
    throw namingSecret(error, kind.secretName?.(spec));
  }
}

const ofSecret: ReadonlySet<string> = new Set([
  ...['SecretMissing', 'SecretIncomplete', 'AuthenticationFailed', 'DatabaseMissing', 'TlsFailed'],
  'ConnectionFailed',
]);

/** Adds the Secret's name to an error that the user fixes in the Secret. */
function namingSecret(error: unknown, secretName: string | undefined): unknown {
  if (!(error instanceof StoreError) || secretName === undefined || !ofSecret.has(error.reason)) return error;
  // The cause shows whether the error came before the login.
  return new StoreError(error.reason, `Secret ${secretName}: ${error.message}`, { cause: error });
}

async function runCommand<Store extends AsyncDisposable>(
  command: Command<Store>,
  args: RunnerArgs,
  run: Running,
): Promise<Report> {
  await using store = await storeOf(command, args);
  return await command.work(store, args.input, run);
}

/** The report of a clean-up that failed later: its deletions are final, and all other figures are unknown. */
const reportUntilFailure = (deleted: number): Report =>
  deleted === 0
    ? {}
    : {
        cleanup: { deleted, overdue: 0, overdueAtLeast: true, complete: false, dryRun: false, notes: [] },
      };

/** A run that ended at its deadline has done its part; a run that was told to stop gets another try. */
function outcomeOf(report: Report, { reason }: Stop): RunOutcome {
  const isCutShort = report.cleanup?.complete === false && reason?.by === 'signal';
  return isCutShort ? { ...report, failure: { reason: 'Interrupted', message: reason.message } } : report;
}

/** The Secret's values at the start of the run and now: the Secret may have changed during the run. */
async function withCurrentCredentials(
  connectionPath: string,
  before: readonly Credential[],
): Promise<readonly Credential[]> {
  return [...before, ...(await credentialsIn(connectionPath))];
}

/** For a store on a claim, whose paths the manifest names otherwise than the pod. */
function claimPathsOf({ input, volumePath }: RunnerArgs): Rewrite | undefined {
  const { kind, spec } = backendIn(input.store);
  const { claimName } = kind.podRequirements(spec);
  return claimName === undefined ? undefined : withClaimPaths(volumePath, claimName);
}

/** Every report and every error of a run passes through here; the returned texts may be shown. */
async function attempt<Store extends AsyncDisposable>(
  command: Command<Store>,
  args: readonly string[],
): Promise<RunOutcome> {
  let connectionPath = '';
  let credentials: readonly Credential[] = [];
  let rewrite: Rewrite | undefined;
  let deleted = 0;
  const logged = progressLog((progress) => log({ level: 'info', msg: 'progress', progress }));
  const onProgress = (progress: CleanupProgress) => {
    deleted = progress.deleted;
    logged(progress);
  };
  try {
    const parsed = parseRunnerArgs(args);
    connectionPath = parsed.connectionPath;
    rewrite = claimPathsOf(parsed);
    credentials = await credentialsIn(connectionPath);
    const { namespace, name } = parsed.input.owner;
    log({ level: 'info', msg: 'started', command: command.name, store: `${namespace}/${name}` });
    using stop = new Stop(parsed.deadlineSeconds, command.graceMs);
    const report = await Promise.race([
      runCommand(command, parsed, { signal: stop.signal, onProgress }),
      stop.forced,
    ]);
    return reportOf(
      outcomeOf(report, stop),
      await withCurrentCredentials(connectionPath, credentials),
      rewrite,
    );
  } catch (error) {
    const shown = failureOf(error, await withCurrentCredentials(connectionPath, credentials), rewrite);
    return { ...reportUntilFailure(deleted), ...shown };
  }
}

/** The kubelet creates the termination log; elsewhere it does not exist, and the log line contains the whole result. */
async function writeResult(path: string | undefined, result: RunnerResult): Promise<void> {
  try {
    await writeFile(path ?? terminationLog, serializeResult(result), {
      flag: path === undefined ? 'r+' : 'w',
    });
  } catch (error) {
    if (path === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return;
    log({ level: 'warn', msg: `the result was not written: ${(error as NodeJS.ErrnoException).code}` });
  }
}

/** Runs one command on one store, up to its result and exit code. Never throws. */
export async function run<Store extends AsyncDisposable>(
  command: Command<Store>,
  args: readonly string[],
): Promise<number> {
  const startedAt = new Date().toISOString();
  const { stack, ...outcome } = await attempt(command, args);
  const result = { command: command.name, startedAt, finishedAt: new Date().toISOString(), ...outcome };
  log({ level: outcome.failure ? 'error' : 'info', msg: 'finished', ...result, ...(stack && { stack }) });
  await writeResult(resultPathOf(args), result);
  return outcome.failure ? exitCodeOf(outcome.failure.reason) : 0;
}
