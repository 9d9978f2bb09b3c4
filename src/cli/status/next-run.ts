import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { conditionOf } from '../../state/condition.ts';
import { nextRuns } from '../../state/schedule.ts';

/** The next run of clean-up: its time, `suspended`, or undefined where none is scheduled. */
export function nextRunOf(store: SessionStoreResource, now: Date): Date | 'suspended' | undefined {
  const { spec, status } = store;
  if (!spec.cleanup) return undefined;
  if (spec.suspend || spec.cleanup.suspend) return 'suspended';
  const cleanup = status?.cleanup;
  // Another status than True may mean a schedule that cannot be read.
  if (!cleanup || conditionOf(status, 'CleanupScheduled')?.status !== 'True') return undefined;
  return nextRuns(cleanup.schedule, cleanup.timeZone, now, 1)[0];
}
