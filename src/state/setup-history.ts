import { requestAnnotation } from '../api/group.ts';
import { memoizePerObject } from '../api/memoize.ts';
import type { SetupReport } from '../api/runner-result.ts';
import type { SessionStoreSpec } from '../api/spec.ts';
import { spentTokensOf } from '../api/spent-tokens.ts';
import type { CleanupStatus, SessionStoreStatus, SetupStatus } from '../api/status.ts';
import { visibleWithin } from '../api/visible.ts';
import { maxAttempt } from './child-names.ts';
import { specHash } from './hash.ts';
import { type Run, runOf } from './job-run.ts';
import { attemptAnnotation, generationAnnotation, hashAnnotation } from './labels.ts';
import type { Observed, ObservedJob } from './observed.ts';
import { activeOf } from './overdue.ts';
import type { Problem } from './problem.ts';
import type { FinishedJobs } from './run-history.ts';
import { secretNameOf } from './secret-name.ts';

/** State of set-up: the last result, of this round or recorded before, and the active Job. */
export interface SetupHistory {
  readonly last?: SetupStatus;
  readonly connection?: SessionStoreStatus['connection'];
  /** The active set-up Job. */
  readonly active?: { readonly observed: ObservedJob; readonly run: Run };
  /** The number of the newest attempt of this hash. */
  readonly attempt: number;
}

/**
 * The number in an annotation. Any client may write the annotation, and the number goes into status, where the API
 * server refuses invalid values.
 */
function numberIn({ job }: ObservedJob, annotation: string, fallback: number, max: number): number {
  const number = Number(job.metadata.annotations?.[annotation] ?? fallback);
  return Number.isInteger(number) && number >= fallback && number <= max ? number : fallback;
}

const attemptOf = (job: ObservedJob): number => numberIn(job, attemptAnnotation, 1, maxAttempt);
const hashIn = ({ job }: ObservedJob): string => job.metadata.annotations?.[hashAnnotation] ?? '';

const resultMissing: Problem = {
  reason: 'ResultMissing',
  message: 'set-up finished, but its result was lost with its pod: it runs again',
};

/** A finished Job's result in the form of status. */
function resultOf(observed: ObservedJob, run: Run, previous: SetupStatus | undefined): SetupStatus {
  const report = run.state === 'succeeded' ? run.results.at(-1)?.setup : undefined;
  return {
    hash: hashIn(observed),
    attempt: attemptOf(observed),
    jobUid: run.uid,
    observedGeneration: numberIn(observed, generationAnnotation, 0, Number.MAX_SAFE_INTEGER),
    finishedAt: run.finishedAt ?? observed.job.metadata.creationTimestamp,
    ...lasting(report, previous),
    ...(report ? succeeded(report) : failed(run.problem ?? resultMissing, previous)),
  };
}

/** Facts that stay valid until another set-up reports, even if runs in between fail. */
function lasting(report: SetupReport | undefined, previous: SetupStatus | undefined) {
  const token = report?.overwriteToken ?? previous?.overwriteToken;
  const spentTokens = spentTokensOf(previous, report);
  const marked = report?.marked ?? previous?.marked;
  const timeZone = report?.timeZone?.name ?? previous?.timeZone;
  return {
    ...(token !== undefined && { overwriteToken: token }),
    ...(spentTokens.length > 0 && { spentTokens }),
    ...(marked !== undefined && { marked }),
    ...(timeZone !== undefined && { timeZone }),
  };
}

const succeeded = ({ outcome, notes }: SetupReport) => ({ outcome, ...(notes.length > 0 && { notes }) });

const failed = ({ reason, message }: Problem, previous: SetupStatus | undefined) => ({
  outcome: 'Failed' as const,
  reason,
  message: visibleWithin(message, 1024),
  failures: (previous?.failures ?? 0) + 1,
});

/** Properties of the connection that set-up proved, with the name of the Secret that it used. */
function connectionOf(
  { store, setupJobs }: Observed,
  last: SetupStatus | undefined,
): SessionStoreStatus['connection'] {
  const previous = store.status?.connection;
  const job = setupJobs.find((candidate) => candidate.job.metadata.uid === last?.jobUid);
  const report = job && runOf(job).results.at(-1)?.setup?.connection;
  const secretName = job && secretMountedBy(job);
  if (!report || !secretName || !last || last.outcome === 'Failed') return previous;
  return { secretName, verifiedAt: last.finishedAt, ...report };
}

function secretMountedBy({ job }: ObservedJob): string | undefined {
  const template = job.spec['template'] as {
    spec?: { volumes?: readonly { secret?: { secretName?: string } }[] };
  };
  return template.spec?.volumes?.find((volume) => volume.secret)?.secret?.secretName;
}

/** The finished Jobs up to the one whose result status has recorded, and those after it, oldest first. */
export const finishedSetups = memoizePerObject(({ store, setupJobs }: Observed): FinishedJobs => {
  const last = store.status?.setup;
  const end = setupJobs.findIndex(({ job }) => job.metadata.uid === last?.jobUid) + 1;
  const isFinished = (job: ObservedJob): boolean => runOf(job).state !== 'active';
  const isLater = (job: ObservedJob): boolean =>
    !last || end > 0 || Date.parse(runOf(job).finishedAt ?? '') > Date.parse(last.finishedAt);
  const later = setupJobs.slice(end).filter(isFinished);
  return { recorded: setupJobs.slice(0, end).filter(isFinished), unrecorded: later.filter(isLater) };
});

/** Set-up's past and present, from status and from the existing Jobs; later Jobs take precedence. */
export function setupHistory(observed: Observed): SetupHistory {
  const { store, setupJobs } = observed;
  const hash = specHash(store.spec);
  const last = finishedSetups(observed).unrecorded.reduce<SetupStatus | undefined>(
    (previous, job) => resultOf(job, runOf(job), previous),
    store.status?.setup,
  );
  const active = activeOf(setupJobs, observed.now);
  const newest = setupJobs.findLast((job) => hashIn(job) === hash);
  const connection = connectionOf(observed, last);
  return {
    ...(last && { last }),
    ...(connection && { connection }),
    ...(active && { active }),
    attempt: newest ? attemptOf(newest) : last?.hash === hash ? last.attempt : 0,
  };
}

/** True if the store exists as this spec requires. */
export function isProvisioned({ store }: Observed, { last }: SetupHistory): boolean {
  return last !== undefined && last.outcome !== 'Failed' && last.hash === specHash(store.spec);
}

/** The requested reconcile that the operator has not handled yet. */
export function openRequest({ store }: Observed): string | undefined {
  const request = store.metadata.annotations?.[requestAnnotation]?.slice(0, 256);
  return request !== undefined && request !== store.status?.lastHandledRequest ? request : undefined;
}

/** Time of the automatic retry of a failed set-up. */
export function retryTime({ options }: Observed, last: SetupStatus): Date {
  const factor = 2 ** Math.min((last.failures ?? 1) - 1, 20);
  const seconds = Math.min(options.retryMinSeconds * factor, options.retryMaxSeconds);
  return new Date(Date.parse(last.finishedAt) + seconds * 1000);
}

/** The reason why a failed set-up is retried now. */
function retryDue(observed: Observed, last: SetupStatus): string | undefined {
  if (last.observedGeneration !== observed.store.metadata.generation)
    return 'the spec has changed since set-up failed';
  return observed.now >= retryTime(observed, last) ? 'set-up failed and is retried' : undefined;
}

type Misses = Pick<CleanupStatus, 'lastRun' | 'missingSince'>;

/** The reason why a successful set-up runs once more: to verify the store, never to drop it. */
function verificationDue(
  { store }: Observed,
  last: SetupStatus,
  connection: SetupHistory['connection'],
  cleanup: Misses,
): string | undefined {
  if (connection && connection.secretName !== secretNameOf(store.spec, 'setup'))
    return 'the name of the Secret has changed';
  if (isMissing(cleanup, last)) return 'the last clean-up did not find the store';
  return lacksZone(store.spec, last, cleanup)
    ? 'the last clean-up had no time zone of the application'
    : undefined;
}

/**
 * True if clean-up was refused because a set-up of an older version recorded no time zone; set-up runs once after each
 * such run.
 */
function lacksZone({ cleanup }: SessionStoreSpec, last: SetupStatus, { lastRun }: Misses): boolean {
  const isRefused =
    lastRun?.reason === 'InvalidInput' && Date.parse(lastRun.finishedAt) > Date.parse(last.finishedAt);
  return isRefused && cleanup?.connection !== undefined && last.timeZone === undefined;
}

/**
 * True if the last clean-up did not find the store and set-up may run. If set-up has found a store since clean-up first
 * missed it, the two use different locations, and set-up would only find its store again after each run.
 */
function isMissing({ lastRun, missingSince = '' }: Misses, last: SetupStatus): boolean {
  if (lastRun?.reason !== 'StoreMissing' || Date.parse(lastRun.finishedAt) <= Date.parse(last.finishedAt))
    return false;
  return hasMade(last) || Date.parse(last.finishedAt) < Date.parse(missingSince);
}

/** The reason why a set-up run is due now, or undefined. The first rule that applies gives the answer. */
export function setupDue(
  observed: Observed,
  { last, connection }: SetupHistory,
  cleanup: Misses,
): string | undefined {
  if (!last) return 'set-up has never run';
  if (last.hash !== specHash(observed.store.spec)) return 'a field that shapes the store has changed';
  if (openRequest(observed) !== undefined) return 'the annotation requested it';
  return last.outcome === 'Failed'
    ? retryDue(observed, last)
    : verificationDue(observed, last, connection, cleanup);
}

/** True if set-up created the store and did not only find it. */
export const hasMade = ({ outcome }: SetupStatus): boolean =>
  outcome === 'Created' || outcome === 'Overwritten';
