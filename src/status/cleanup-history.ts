import type { CleanupStatus, LastRun } from '../api/status.ts';
import type { Observed, ObservedJob } from '../desired/observed.ts';
import type { CleanupReport } from '../runner/result.ts';
import { type Run, runOf } from './run.ts';

/** What is known of clean-up: its last finished run, and what goes on now. */
export interface CleanupHistory extends Pick<CleanupStatus, 'lastRun' | 'lastSuccessTime' | 'oldestStale'> {
  /** Failed runs in a row. */
  readonly failures: number;
  readonly active?: Run;
  /** The zone of a naive time column, as the last run that had one found it. */
  readonly timeZone?: string;
}

/** Where status.effective shows the zone. */
export const timeZoneField = 'layoutOptions.timeZone';

/** A run whose pod was replaced has several reports: what was deleted adds up, the rest is the last one's. */
function totalOf(run: Run): CleanupReport | undefined {
  const reports = run.results.flatMap((result) => result.cleanup ?? []);
  const last = reports.at(-1);
  return last && { ...last, deleted: reports.reduce((sum, report) => sum + report.deleted, 0) };
}

const sessions = (count: number): string => `${count.toLocaleString('en')} session${count === 1 ? '' : 's'}`;

/** One line for people: what a run did, and what it left. */
function sentenceOf(report: CleanupReport): string {
  const overdue = `${report.overdueAtLeast ? 'at least ' : ''}${report.overdue.toLocaleString('en')}`;
  const did = report.dryRun ? `dry run: ${overdue} would be deleted` : `deleted ${sessions(report.deleted)}`;
  const left = report.dryRun || report.overdue === 0 ? '' : `, ${overdue} overdue left`;
  const remaining =
    report.remaining === undefined
      ? ''
      : `, ${report.remainingIsEstimate ? 'about ' : ''}${report.remaining.toLocaleString('en')} remain`;
  const unreadable = report.unreadable
    ? `, ${report.unreadable.toLocaleString('en')} of unreadable age kept`
    : '';
  const notes = report.notes.map((note) => `; ${note}`).join('');
  return `${did}${left}${remaining}${unreadable}${notes}`.slice(0, 1024);
}

const figuresOf = (report: CleanupReport) => ({
  deleted: report.deleted,
  overdue: report.overdue,
  ...(report.remaining !== undefined && { remaining: report.remaining }),
  ...(report.remainingIsEstimate && { remainingIsEstimate: true }),
  ...(report.unreadable !== undefined && { unreadable: report.unreadable }),
  ...(report.dryRun && { dryRun: true }),
});

function lastRunOf(observed: ObservedJob): LastRun {
  const run = runOf(observed);
  const report = totalOf(run);
  const failure = run.state === 'failed' ? run.trouble : undefined;
  const message =
    failure?.message ?? (report ? sentenceOf(report) : 'finished; its figures went away with its pod');
  return {
    jobName: run.name,
    outcome: failure ? 'Failed' : report?.complete === false ? 'Incomplete' : 'Succeeded',
    finishedAt: run.finishedAt ?? observed.job.metadata.creationTimestamp,
    ...(run.startedAt && { startedAt: run.startedAt }),
    ...(failure && { reason: failure.reason }),
    ...(report && figuresOf(report)),
    message: message.slice(0, 1024),
  };
}

/** The history with one more finished run. */
function withRun(history: CleanupHistory, observed: ObservedJob): CleanupHistory {
  const lastRun = lastRunOf(observed);
  if (lastRun.outcome === 'Failed') return { ...history, lastRun, failures: history.failures + 1 };
  const { oldestStale: _previous, ...rest } = history;
  const { oldestStale, timeZone } = totalOf(runOf(observed)) ?? {};
  return {
    ...rest,
    lastRun,
    failures: 0,
    lastSuccessTime: lastRun.finishedAt,
    ...(oldestStale && { oldestStale }),
    ...(timeZone && { timeZone: timeZone.name }),
  };
}

/** Runs in the order in which they ended: one that somebody started beside another may be older and end later. */
const placeOf = ({ finishedAt, jobName }: LastRun): string => `${finishedAt} ${jobName}`;

/** The finished Jobs that status does not know yet, oldest end first. */
function unrecorded({ store, cleanupJobs }: Observed): readonly ObservedJob[] {
  const last = store.status?.cleanup?.lastRun;
  const recorded = last ? placeOf(last) : '';
  return cleanupJobs
    .filter((job) => runOf(job).state !== 'active')
    .map((job) => ({ job, place: placeOf(lastRunOf(job)) }))
    .filter(({ place }) => place > recorded)
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ job }) => job);
}

/** Clean-up's past and present, from status and from the Jobs that are there. */
export function cleanupHistory(observed: Observed): CleanupHistory {
  const { status } = observed.store;
  const { failures = 0, lastRun, lastSuccessTime, oldestStale } = status?.cleanup ?? {};
  const zone = status?.effective?.[timeZoneField];
  const recorded: CleanupHistory = {
    failures,
    ...(lastRun && { lastRun }),
    ...(lastSuccessTime && { lastSuccessTime }),
    ...(oldestStale && { oldestStale }),
    ...(zone?.source === 'Connection' && { timeZone: zone.value }),
  };
  const history = unrecorded(observed).reduce(withRun, recorded);
  const active = observed.cleanupJobs.findLast((job) => runOf(job).state === 'active');
  return { ...history, ...(active && { active: runOf(active) }) };
}
