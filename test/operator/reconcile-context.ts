import { pino } from 'pino';
import type { CronJob, Job } from '../../src/api/kubernetes.ts';
import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
import type { ReconcileContext } from '../../src/operator/reconcile.ts';
import { now, options } from '../builders.ts';

export interface There {
  cronJob?: CronJob;
  jobs?: readonly Job[];
}

/** The store and what is there for it, as the caches have it. */
export const reconcileContext = (
  store: SessionStoreResource,
  there: There,
  rest: Pick<ReconcileContext, 'writer' | 'contests' | 'failures'>,
) =>
  ({
    caches: {
      sessionStore: () => store,
      cronJob: () => there.cronJob,
      jobsOwnedBy: (uid: string) => (uid === 'cron-uid' ? (there.jobs ?? []) : []),
      podsOwnedBy: () => [],
      warningsAbout: () => [],
    },
    unfinishedPods: async () => [],
    podsOf: async () => [],
    apiReader: { sessionStore: async () => store, cronJob: async () => there.cronJob },
    options,
    now: () => now,
    log: pino({ level: 'silent' }),
    ...rest,
  }) satisfies ReconcileContext;
