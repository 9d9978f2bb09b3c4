import type { CleanupStatus, LastRun, PastRun } from '../api/status.ts';
import { keptRuns } from '../api/status.ts';
import { runOf } from './job-run.ts';
import type { ObservedJob } from './observed.ts';

/** Finished Jobs, by whether status records their results. */
export interface FinishedJobs {
  readonly recorded: readonly ObservedJob[];
  readonly unrecorded: readonly ObservedJob[];
}

const pastRunOf = (run: LastRun): PastRun => {
  const { startedAt, finishedAt, outcome, reason, deleted, overdue, remaining, dryRun } = run;
  return {
    ...(startedAt && { startedAt }),
    finishedAt,
    outcome,
    ...(reason && { reason }),
    ...(deleted !== undefined && { deleted }),
    ...(overdue !== undefined && { overdue }),
    ...(remaining !== undefined && { remaining }),
    ...(dryRun && { dryRun }),
  };
};

/** The last runs, newest first, with those that ended since status was written, which come oldest first. */
export function runHistory(
  before: CleanupStatus | undefined,
  finishedRuns: readonly LastRun[],
): readonly PastRun[] {
  // A status of an older version has the last run alone.
  const known =
    before?.history ?? (before?.lastRun && finishedRuns.length > 0 ? [pastRunOf(before.lastRun)] : []);
  return [...finishedRuns.map(pastRunOf).reverse(), ...known].slice(0, keptRuns);
}

/** The run that goes on, or the one of several that began first. */
export function activeRun(jobs: readonly ObservedJob[]): CleanupStatus['active'] {
  const active = jobs.map(runOf).find(({ state, isSuspended }) => state === 'active' && !isSuspended);
  return active?.startedAt === undefined ? undefined : { jobName: active.name, startedAt: active.startedAt };
}
