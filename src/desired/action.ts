import type { CronJob, Job } from '../api/kubernetes.ts';
import type { cleanupCronJob, requestedCleanupJob } from './cleanup-cron-job.ts';
import type { CronJobPatch } from './prune-patch.ts';
import type { setupJob } from './setup-job.ts';

/** A write that the state of a store calls for; each is safe to repeat. */
export type Action =
  | {
      readonly kind: 'createJob';
      readonly job: ReturnType<typeof setupJob> | ReturnType<typeof requestedCleanupJob>;
      readonly why: string;
    }
  | { readonly kind: 'deleteJob'; readonly job: Job; readonly why: string }
  | { readonly kind: 'expireJob'; readonly job: Job; readonly ttlSeconds: number }
  | { readonly kind: 'suspendJob'; readonly job: Job; readonly suspend: boolean }
  | { readonly kind: 'createCronJob'; readonly cronJob: ReturnType<typeof cleanupCronJob> }
  | {
      readonly kind: 'applyCronJob';
      readonly cronJob: ReturnType<typeof cleanupCronJob>;
      readonly observed: CronJob;
    }
  | { readonly kind: 'pruneCronJob'; readonly cronJob: CronJob; readonly patch: CronJobPatch }
  | { readonly kind: 'suspendCronJob'; readonly cronJob: CronJob }
  | { readonly kind: 'deleteCronJob'; readonly cronJob: CronJob; readonly why: string };
