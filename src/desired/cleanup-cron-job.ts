import { effectiveCleanup } from '../api/effective.ts';
import type { SessionStoreResource } from '../api/session-store.ts';
import { hashOf } from './hash.ts';
import { labelsOf, ownerReferenceTo, templateAnnotation } from './labels.ts';
import { cleanupCronJobName } from './names.ts';
import type { OperatorOptions } from './observed.ts';
import { podTemplate } from './pod-template.ts';
import { runnerArgs } from './runner-args.ts';
import type { Schedule } from './schedule.ts';
import { podFailurePolicy } from './setup-job.ts';

const clamp = (value: number, min: number, max: number): number =>
  Math.max(min, Math.min(Math.floor(value), max));

/**
 * The CronJob that cleans the store. Every field that matters is sent, so that whoever changes one is undone.
 */
export function cleanupCronJob(
  store: SessionStoreResource,
  options: OperatorOptions,
  schedule: Schedule & { ok: true },
) {
  const cleanup = effectiveCleanup(store.spec);
  if (!cleanup) throw new Error('Expected a spec with cleanup');
  // A run that hangs would block every later one (concurrencyPolicy Forbid).
  const deadlineSeconds = clamp(schedule.periodSeconds, 600, 6 * 3600);
  const labels = labelsOf(store, 'cleanup');
  const jobTemplate = {
    metadata: { labels },
    spec: {
      backoffLimit: 2,
      activeDeadlineSeconds: deadlineSeconds,
      podReplacementPolicy: 'Failed',
      podFailurePolicy,
      template: podTemplate(
        store,
        'cleanup',
        runnerArgs(store, 'cleanup', options, deadlineSeconds),
        options,
      ),
    },
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: {
      name: cleanupCronJobName(store.metadata.name),
      namespace: store.metadata.namespace,
      labels,
      annotations: { [templateAnnotation]: hashOf(jobTemplate) },
      ownerReferences: [ownerReferenceTo(store)],
    },
    spec: {
      schedule: schedule.cron,
      timeZone: cleanup.timeZone.value,
      suspend: cleanup.suspend || (store.spec.suspend ?? false),
      concurrencyPolicy: 'Forbid',
      // Without it a run that was missed long ago starts at the next touch of the CronJob.
      startingDeadlineSeconds: clamp(schedule.periodSeconds / 2, 60, 3600),
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      jobTemplate,
    },
  };
}
