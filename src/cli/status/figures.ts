import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import type { CleanupStatus, LastRun } from '../../api/status.ts';
import { ageOf, durationText } from '../age.ts';
import { nextRunOf } from './next-run.ts';

const none = '-';

const counted = (count: number | undefined): string => count?.toLocaleString('en') ?? none;

const qualifiers: Readonly<Record<LastRun['outcome'], string>> = {
  Succeeded: '',
  DryRun: ' dry run',
  Incomplete: ' incomplete',
  Failed: ' failed',
};

/** The run that goes on, or else the last one. */
function lastRunText(cleanup: CleanupStatus | undefined, now: Date): string {
  const { active, lastRun } = cleanup ?? {};
  if (active) return `runs ${ageOf(active.startedAt, now)}`;
  return lastRun ? `${ageOf(lastRun.finishedAt, now)}${qualifiers[lastRun.outcome]}` : none;
}

/** The figures of a store's clean-up, each as the text of a cell. */
export function figuresOf(store: SessionStoreResource, now: Date) {
  const cleanup = store.status?.cleanup;
  const last = cleanup?.lastRun;
  const next = nextRunOf(store, now);
  return {
    lastRun: lastRunText(cleanup, now),
    deleted: counted(last?.deleted),
    overdue: `${counted(last?.overdue)}${last?.overdueAtLeast ? '+' : ''}`,
    oldestStale: cleanup?.oldestStale ? ageOf(cleanup.oldestStale, now) : none,
    nextRun: next instanceof Date ? durationText(next.getTime() - now.getTime()) : (next ?? none),
  };
}
