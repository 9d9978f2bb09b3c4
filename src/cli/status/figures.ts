import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import type { LastRun } from '../../api/status.ts';
import { ageOf, durationText } from '../age.ts';
import { nextRunOf } from './next-run.ts';

const none = '-';

const counted = (count: number | undefined): string => count?.toLocaleString('en') ?? none;

const qualifierOf = ({ outcome, dryRun }: LastRun): string =>
  outcome === 'Succeeded' ? (dryRun ? ' dry run' : '') : ` ${outcome.toLowerCase()}`;

/** The figures of a store's clean-up, each as the text of a cell. */
export function figuresOf(store: SessionStoreResource, now: Date) {
  const cleanup = store.status?.cleanup;
  const last = cleanup?.lastRun;
  const next = nextRunOf(store, now);
  return {
    lastRun: last ? `${ageOf(last.finishedAt, now)}${qualifierOf(last)}` : none,
    deleted: counted(last?.deleted),
    overdue: `${counted(last?.overdue)}${last?.overdueAtLeast ? '+' : ''}`,
    oldestStale: cleanup?.oldestStale ? ageOf(cleanup.oldestStale, now) : none,
    nextRun: next instanceof Date ? durationText(next.getTime() - now.getTime()) : (next ?? none),
  };
}
