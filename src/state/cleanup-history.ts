import { memoizePerObject } from '../api/memoize.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { CleanupStatus, LastRun, PastRun } from '../api/status.ts';
import { descriptionHash } from './hash.ts';
import { type Run, runOf } from './job-run.ts';
import { descriptionAnnotation, dryRunAnnotation } from './labels.ts';
import { lastRunOf, totalOf } from './last-run.ts';
import type { Observed, ObservedJob } from './observed.ts';
import { activeOf } from './overdue.ts';
import { activeRun, type FinishedJobs, runHistory } from './run-history.ts';

/** State of clean-up: its last finished run and the active one. */
export interface CleanupHistory
  extends Pick<
    CleanupStatus,
    'lastRun' | 'lastSuccessTime' | 'oldestStale' | 'missingSince' | 'countedLayout'
  > {
  /** The active run, if it has started, in the form of status. */
  readonly activeStatus?: CleanupStatus['active'];
  /** The last runs, newest first. */
  readonly recentRuns: readonly PastRun[];
  /** Failed runs in a row. */
  readonly failures: number;
  /** Incomplete runs since the last run that checked everything. */
  readonly incompleteRuns: number;
  readonly active?: Run;
  /** The runs that ended after status was written, oldest first; `lastRun` is the last of them. */
  readonly finishedRuns: readonly LastRun[];
  /** The time zone of a column without a zone, as the last run with such a column found it. */
  readonly timeZone?: string;
}

/** The path under which status.effective shows the time zone. */
export const timeZoneField = 'layoutOptions.timeZone';

function withFailure(history: CleanupHistory, lastRun: LastRun): CleanupHistory {
  const missingSince =
    history.missingSince ?? (lastRun.reason === 'StoreMissing' ? lastRun.finishedAt : undefined);
  return { ...history, lastRun, failures: history.failures + 1, ...(missingSince && { missingSince }) };
}

/**
 * The history with one more finished run. A run that stopped at its time limit has shown that clean-up works, so it
 * ends the count of failures, but only a run that checked the whole store and could delete is a success. Permanently
 * undeletable sessions do not prevent a success; they are reported separately.
 */
function withRun(history: CleanupHistory, observed: ObservedJob): CleanupHistory {
  const lastRun = lastRunOf(observed);
  if (lastRun.outcome === 'Failed') return withFailure(history, lastRun);
  const report = totalOf(runOf(observed));
  if (!report) return { ...history, lastRun };
  const { oldestStale: _previous, missingSince: _found, ...rest } = history;
  const { complete, dryRun, oldestStale, timeZone } = report;
  const countedLayout = complete && dryRun && observed.job.metadata.annotations?.[descriptionAnnotation];
  return {
    ...rest,
    lastRun,
    failures: 0,
    incompleteRuns: complete ? 0 : history.incompleteRuns + 1,
    ...(complete && !dryRun && { lastSuccessTime: lastRun.finishedAt }),
    ...(oldestStale && { oldestStale }),
    ...(timeZone && { timeZone: timeZone.name }),
    ...(countedLayout && { countedLayout }),
  };
}

/** True if status shows a count by the custom layout as it is now. */
export const isCounted = ({ spec, status }: SessionStoreResource): boolean =>
  spec.customLayout !== undefined && status?.cleanup?.countedLayout === descriptionHash(spec);

/** Runs in the order in which they ended: a run that another client started in parallel may be older and end later. */
const endKeyOf = ({ finishedAt, jobName }: LastRun): string => `${finishedAt} ${jobName}`;

/**
 * True if status has recorded the run. The end of its runner may be recorded before the end of its Job, which is later.
 */
function isRecorded(run: LastRun, last: LastRun | undefined): boolean {
  if (!last) return false;
  const isSame = run.jobName === last.jobName && run.startedAt === last.startedAt;
  return isSame || endKeyOf(run) <= endKeyOf(last);
}

/**
 * True if a person had a run count only, beside those of the schedule: its figures are that person's. It shows neither
 * that deleting works nor that it fails. A run that was free to delete counts, whatever its Job says of it.
 */
const isManualDryRun = (observed: ObservedJob): boolean =>
  observed.job.metadata.annotations?.[dryRunAnnotation] === 'true' &&
  runOf(observed).results.every(({ cleanup }) => cleanup?.dryRun !== false);

/** By the time of their end. Status never records trials: they count as recorded. */
export const finishedCleanups = memoizePerObject(({ store, cleanupJobs }: Observed): FinishedJobs => {
  const last = store.status?.cleanup?.lastRun;
  const finished = cleanupJobs
    .filter((job) => runOf(job).state !== 'active')
    .sort((a, b) => (endKeyOf(lastRunOf(a)) < endKeyOf(lastRunOf(b)) ? -1 : 1));
  const { recorded = [], unrecorded = [] } = Object.groupBy(finished, (job) =>
    isManualDryRun(job) || isRecorded(lastRunOf(job), last) ? 'recorded' : 'unrecorded',
  );
  return { recorded, unrecorded };
});

/** Clean-up's past and present, from status and from the existing Jobs. */
export const cleanupHistory = memoizePerObject((observed: Observed): CleanupHistory => {
  const { status } = observed.store;
  const {
    failures = 0,
    incompleteRuns = 0,
    lastRun,
    lastSuccessTime,
    oldestStale,
    missingSince,
    countedLayout,
  } = status?.cleanup ?? {};
  const zone = status?.effective?.[timeZoneField];
  const recorded: CleanupHistory = {
    failures,
    incompleteRuns,
    finishedRuns: [],
    recentRuns: [],
    ...(lastRun && { lastRun }),
    ...(lastSuccessTime && { lastSuccessTime }),
    ...(oldestStale && { oldestStale }),
    ...(missingSince && { missingSince }),
    ...(countedLayout && { countedLayout }),
    ...(zone?.source === 'Connection' && { timeZone: zone.value }),
  };
  const jobs = finishedCleanups(observed).unrecorded;
  const history = jobs.reduce(withRun, recorded);
  const counted = observed.cleanupJobs.filter((job) => !isManualDryRun(job));
  const active = activeOf(counted, observed.now)?.run;
  const finishedRuns = jobs.map(lastRunOf);
  const recentRuns = runHistory(status?.cleanup, finishedRuns);
  const activeStatus = activeRun(counted);
  return {
    ...history,
    finishedRuns,
    recentRuns,
    ...(active && { active }),
    ...(activeStatus && { activeStatus }),
  };
});
