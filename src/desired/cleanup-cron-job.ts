import { effectiveCleanup } from '../api/effective.ts';
import type { CronJob } from '../api/kubernetes.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { SetupStatus } from '../api/status.ts';
import { cleanupCronJobName } from '../state/child-names.ts';
import { isCounted } from '../state/cleanup-history.ts';
import { exclusiveClaim, exclusiveClaimAnnotations } from '../state/exclusive-claim.ts';
import { descriptionHash, hashOf } from '../state/hash.ts';
import { descriptionAnnotation, ownerReferenceTo, templateAnnotation } from '../state/labels.ts';
import type { OperatorOptions } from '../state/observed.ts';
import type { Schedule } from '../state/schedule.ts';
import { childAnnotations, childKeys, childLabels } from './child-labels.ts';
import { podTemplate } from './pod-template.ts';
import { runnerArgs } from './runner-args.ts';
import { podFailurePolicy } from './setup-job.ts';

type ValidSchedule = Schedule & { readonly ok: true };

const clamp = (value: number, min: number, max: number): number =>
  Math.max(min, Math.min(Math.floor(value), max));

/** A run that hangs would block every later one (concurrencyPolicy Forbid). */
const deadlineOf = ({ periodSeconds }: ValidSchedule): number => clamp(periodSeconds, 600, 6 * 3600);

/** Facts of the last set-up that clean-up needs. */
export type SetupFacts = Pick<SetupStatus, 'timeZone' | 'marked'>;

/** The pod template of clean-up for the current spec and options. */
export function cleanupTemplate(
  store: SessionStoreResource,
  options: OperatorOptions,
  schedule: ValidSchedule,
  last?: SetupFacts,
) {
  const recorded = {
    ...(last?.timeZone !== undefined && { recordedTimeZone: last.timeZone }),
    // Clean-up refuses a store without a mark, unless set-up reported that it could not mark the store.
    ...(last?.marked === false && { marked: false }),
    ...(isCounted(store) && { counted: true }),
  };
  const args = runnerArgs(store, 'cleanup', options, deadlineOf(schedule), recorded);
  return podTemplate(store, 'cleanup', args, options);
}

/** The Jobs that the CronJob makes. */
function jobTemplateOf(
  store: SessionStoreResource,
  options: OperatorOptions,
  schedule: ValidSchedule,
  last?: SetupFacts,
) {
  const template = cleanupTemplate(store, options, schedule, last);
  const description = descriptionHash(store.spec);
  const annotations = {
    ...childAnnotations(store, options),
    ...exclusiveClaimAnnotations(store.spec, 'cleanup', template),
    ...(description !== undefined && { [descriptionAnnotation]: description }),
  };
  return {
    metadata: { labels: childLabels(store, 'cleanup', options), annotations },
    spec: {
      // The Job is created suspended if it waits until the operator finds that it may start.
      suspend: exclusiveClaim(store.spec, 'cleanup') !== undefined,
      backoffLimit: 2,
      activeDeadlineSeconds: deadlineOf(schedule),
      podReplacementPolicy: 'Failed',
      podFailurePolicy,
      template,
    },
  };
}

/** The Job of a requested run, as `kubectl create job --from` makes it of the CronJob. */
export function requestedCleanupJob(
  store: SessionStoreResource,
  options: OperatorOptions,
  schedule: ValidSchedule,
  { name, cronJob, last }: { readonly name: string; readonly cronJob: CronJob; readonly last?: SetupFacts },
) {
  const { metadata, spec } = jobTemplateOf(store, options, schedule, last);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: store.metadata.namespace,
      labels: metadata.labels,
      annotations: { ...metadata.annotations, 'cronjob.kubernetes.io/instantiate': 'manual' },
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          name: cronJob.metadata.name,
          uid: cronJob.metadata.uid,
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    },
    spec,
  };
}

/** The CronJob that cleans the store. Every field that matters is sent, so that changes by other clients are undone. */
export function cleanupCronJob(
  store: SessionStoreResource,
  options: OperatorOptions,
  schedule: ValidSchedule,
  last?: SetupFacts,
) {
  const cleanup = effectiveCleanup(store.spec);
  if (!cleanup) throw new Error('Expected a spec with cleanup');
  const jobTemplate = jobTemplateOf(store, options, schedule, last);
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: {
      name: cleanupCronJobName(store.metadata.name),
      namespace: store.metadata.namespace,
      labels: childLabels(store, 'cleanup', options),
      annotations: {
        ...childAnnotations(store, options),
        ...childKeys(store, 'cleanup', options),
        [templateAnnotation]: hashOf(jobTemplate),
      },
      ownerReferences: [ownerReferenceTo(store)],
    },
    spec: {
      schedule: schedule.cron,
      timeZone: cleanup.timeZone.value,
      suspend: cleanup.suspend || (store.spec.suspend ?? false),
      concurrencyPolicy: 'Forbid',
      // Without this field a run that was missed long ago starts at the next change of the CronJob.
      startingDeadlineSeconds: clamp(schedule.periodSeconds / 2, 60, 3600),
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      jobTemplate,
    },
  };
}
