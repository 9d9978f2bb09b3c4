import { memoizePerObject } from '../api/memoize.ts';
import type { CleanupReport } from '../api/runner-result.ts';
import type { LastRun } from '../api/status.ts';
import { undeletable as causes } from '../api/undeletable-causes.ts';
import { visibleWithin } from '../api/visible.ts';
import { type Run, runOf } from './job-run.ts';
import type { ObservedJob } from './observed.ts';
import type { Problem } from './problem.ts';

/**
 * A run whose pod was replaced has several reports: the deleted sessions add up, the other figures are those of the
 * last report.
 */
export const totalOf = memoizePerObject((run: Pick<Run, 'results'>): CleanupReport | undefined => {
  const reports = run.results.flatMap((result) => result.cleanup ?? []);
  const last = reports.at(-1);
  return last && { ...last, deleted: reports.reduce((sum, report) => sum + report.deleted, 0) };
});

const figuresLost = 'finished, but its figures were lost with its pod; the next run reports its own';

const sessions = (count: number): string => `${count.toLocaleString('en')} session${count === 1 ? '' : 's'}`;

/** A wrong zone makes live sessions look stale: people who read the counts of a dry run have to see it. */
const zoneIn = ({ dryRun, timeZone }: CleanupReport): string =>
  dryRun && timeZone ? `, times read in ${timeZone.name}` : '';

/** One line for users: the sessions that a run deleted and left. */
function sentenceOf(report: CleanupReport): string {
  const overdue = `${report.overdueAtLeast ? 'at least ' : ''}${report.overdue.toLocaleString('en')}`;
  const unseen = report.complete ? '' : '; part of the store was not checked';
  const did = report.dryRun ? `dry run: ${overdue} would be deleted` : `deleted ${sessions(report.deleted)}`;
  const left = report.dryRun || report.overdue === 0 ? '' : `, ${overdue} overdue left`;
  const remaining =
    report.remaining === undefined
      ? ''
      : `, ${report.remainingIsEstimate ? 'about ' : ''}${report.remaining.toLocaleString('en')} remain`;
  const unreadable = report.unreadable
    ? `, ${report.unreadable.toLocaleString('en')} kept because their age cannot be read`
    : '';
  const undeletable = (report.undeletable ?? [])
    .map(({ cause, count }) => `; ${count.toLocaleString('en')} could not be deleted: ${causes[cause]}`)
    .join('');
  const notes = report.notes.map((note) => `; ${note}`).join('');
  return `${did}${left}${remaining}${zoneIn(report)}${unreadable}${undeletable}${unseen}${notes}`.slice(
    0,
    1024,
  );
}

const figuresOf = (report: CleanupReport) => ({
  deleted: report.deleted,
  // A lower bound of 0 contains no information.
  ...((report.overdue > 0 || !report.overdueAtLeast) && { overdue: report.overdue }),
  ...(report.overdue > 0 && report.overdueAtLeast && { overdueAtLeast: true }),
  ...(report.remaining !== undefined && { remaining: report.remaining }),
  ...(report.remainingIsEstimate && { remainingIsEstimate: true }),
  ...(report.unreadable !== undefined && { unreadable: report.unreadable }),
  ...(report.undeletable?.length && { undeletable: report.undeletable }),
  ...(report.dryRun && { dryRun: true }),
});

/** The reason why a run has no figures or did not do its work. */
function shortfallOf({ state, problem }: Run, report: CleanupReport | undefined): Partial<Problem> {
  if (state === 'failed') return problem ?? {};
  return report ? {} : { reason: 'ResultMissing', message: figuresLost };
}

const outcomeOf = ({ state }: Run, report: CleanupReport | undefined): LastRun['outcome'] => {
  if (state === 'failed') return 'Failed';
  if (report?.complete === false) return 'Incomplete';
  return report?.dryRun ? 'DryRun' : 'Succeeded';
};

/** Figures as the run left them; of an attempt before the last one only the deleted sessions are still valid. */
function knownOf({ results }: Run, report: CleanupReport | undefined): Partial<LastRun> {
  if (!report) return {};
  return results.at(-1)?.cleanup ? figuresOf(report) : { deleted: report.deleted };
}

const lostPods = (lost: number): string =>
  lost === 0
    ? ''
    : `; ${lost === 1 ? 'a pod' : `${lost} pods`} before it left no figures and may have deleted more`;

/** A finished clean-up in the form of status. */
export const lastRunOf = memoizePerObject((observed: ObservedJob): LastRun => {
  const run = runOf(observed);
  const report = totalOf(run);
  const { reason, message } = shortfallOf(run, report);
  return {
    jobName: run.name,
    outcome: outcomeOf(run, report),
    finishedAt: run.finishedAt ?? observed.job.metadata.creationTimestamp,
    ...(run.startedAt && { startedAt: run.startedAt }),
    ...(reason && { reason }),
    ...knownOf(run, report),
    message: visibleWithin(message ?? (report ? sentenceOf(report) + lostPods(run.lostResults) : ''), 1024),
  };
});
