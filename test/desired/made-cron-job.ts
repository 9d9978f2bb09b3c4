import type { CronJob } from '../../src/api/kubernetes.ts';
import { cleanupCronJob } from '../../src/desired/cleanup-cron-job.ts';
import { scheduleOf } from '../../src/state/schedule.ts';
import { cronJob, options, sessionStore } from '../builders.ts';

const made = scheduleOf('17 * * * *', 'shop', 'web');
if (!made.ok) throw new Error(made.message);

/** The schedule of the builders' SessionStore. */
export const schedule = made;

/** The CronJob of a store as the API server returns it: as the operator sends it, or with a change to its spec. */
export function madeCronJob(
  store = sessionStore(),
  change: (spec: Record<string, unknown>) => void = () => undefined,
): CronJob {
  const sent = structuredClone(cleanupCronJob(store, options, schedule)) as unknown as CronJob;
  change(sent.spec as Record<string, unknown>);
  return { ...sent, metadata: { ...cronJob().metadata, ...sent.metadata } };
}
