import { group } from '../api/group.ts';
import type { CronJob, Job, KubeEvent, KubeObject, Metadata, Pod } from '../api/kubernetes.ts';
import { maxSpec } from '../api/session-store-resource.ts';
import { digestOf } from '../state/hash.ts';
import { exclusiveClaimGate, managedByLabel } from '../state/labels.ts';
import { boundedCopy, cut } from './bounded-copy.ts';

/**
 * Reduces each object to the fields that are read, each with a bound, before the caches keep it. The API server accepts
 * objects of 1.5 MB, and a person with the right to edit a namespace may make any number of them. A SessionStore or CronJob
 * that is longer than usual is kept in part, and read again from the API server when it is reconciled.
 */

/** Limits in characters of JSON. A SessionStore with its status has about 3,000, a CronJob of the operator's 2,500. */
export const maxKept = 5120;
/** The operator's CronJob holds the pod section and the rest of the spec, each at most as long as a spec. */
const maxCronJob = 3 * maxSpec;
const maxJob = 1024;
const maxJobStatus = 2048;
const maxPod = 4900;
const maxSentence = 1024;
/** The kubelet's limit of a termination message. */
const maxResult = 4096;

export const lengthOf = (value: unknown): number => JSON.stringify(value ?? null).length;

type Texts = Readonly<Record<string, string>>;

const isOurs = (key: string): boolean => key.startsWith(`${group}/`) || key === managedByLabel;

/** Limits of labels and of annotations each, in characters: the operator's own, and all others. */
interface Budget {
  readonly own: number;
  readonly foreign: number;
}

const onlyOurs: Budget = { own: 768, foreign: 0 };
/** childMetadata adds labels and annotations, and the operator an annotation with all their keys. */
const ofCronJob: Budget = { own: maxSpec, foreign: 2 * maxSpec };

function entriesOf(entries: Texts | undefined, { own, foreign }: Budget): Texts | undefined {
  if (!entries) return undefined;
  const [ours, others] = [true, false].map((wanted) =>
    Object.fromEntries(Object.entries(entries).filter(([key]) => isOurs(key) === wanted)),
  );
  return { ...(boundedCopy(ours, own, own / 2) as Texts), ...(boundedCopy(others, foreign, 2048) as Texts) };
}

export function metadataOf(metadata: Metadata, budget = onlyOurs): Metadata {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const { generation, deletionTimestamp } = metadata;
  const [labels, annotations] = [metadata.labels, metadata.annotations].map((texts) =>
    entriesOf(texts, budget),
  );
  // The controller comes first, so that the limit never cuts it off.
  const owners = metadata.ownerReferences?.toSorted((a, b) => Number(b.controller) - Number(a.controller));
  return {
    name,
    namespace,
    uid,
    resourceVersion,
    creationTimestamp,
    ...(generation !== undefined && { generation }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(owners && {
      ownerReferences: boundedCopy(owners, 600, 253) as NonNullable<Metadata['ownerReferences']>,
    }),
  };
}

const typeOf = ({ apiVersion, kind }: KubeObject) => ({
  ...(apiVersion !== undefined && { apiVersion }),
  ...(kind !== undefined && { kind }),
});

/** Keeps numbers, booleans and short texts, such as a Job's deadline and a Pod's node. */
const scalarsOf = (value: object | undefined, maxText = 256): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value ?? {})
      .filter(([, inner]) => typeof inner !== 'object')
      .map(([key, inner]) => [key, typeof inner === 'string' ? cut(inner, maxText) : inner]),
  );

interface Template {
  readonly spec?: {
    readonly containers?: readonly { readonly args?: unknown }[];
    readonly volumes?: readonly { readonly secret?: { readonly secretName?: string } }[];
    readonly schedulingGates?: readonly { readonly name: string }[];
  };
}

function templateOf({ spec }: Template) {
  // They are compared alone.
  const containers = spec?.containers?.map(({ args }) => ({ args: digestOf(args) }));
  const volumes = spec?.volumes
    ?.filter(({ secret }) => secret)
    .map(({ secret }) => ({ secret: { secretName: secret?.secretName } }));
  // The patch that resumes the Job removes exactly these gates.
  const gates = spec?.schedulingGates?.filter(({ name }) => name === exclusiveClaimGate);
  return {
    spec: {
      ...(gates && { schedulingGates: gates }),
      ...(containers && { containers }),
      ...(volumes && { volumes }),
    },
  };
}

const conditionsOf = (status: { readonly conditions?: readonly object[] } | undefined) =>
  status?.conditions && { conditions: status.conditions };

export function projectJob(job: Job): Job {
  const spec = { ...scalarsOf(job.spec), template: templateOf((job.spec['template'] ?? {}) as Template) };
  return {
    ...typeOf(job),
    metadata: metadataOf(job.metadata),
    spec: boundedCopy(spec, maxJob, 256) as Job['spec'],
    ...(job.status && {
      status: boundedCopy(
        { ...scalarsOf(job.status), ...conditionsOf(job.status) },
        maxJobStatus,
        maxSentence,
      ) as object,
    }),
  };
}

/** A CronJob as it is reconciled. An oversized spec is marked as foreign, so that the operator creates the CronJob again. */
export function boundedCronJob(cronJob: CronJob): CronJob {
  const { schedule, suspend } = cronJob.spec;
  const oversized = {
    schedule: cut(schedule, 256),
    ...(suspend !== undefined && { suspend }),
    jobTemplate: { spec: { template: { spec: {} }, 'more than any CronJob of the operator holds': true } },
  };
  return {
    ...typeOf(cronJob),
    metadata: metadataOf(cronJob.metadata, ofCronJob),
    spec: lengthOf(cronJob.spec) <= maxCronJob ? cronJob.spec : oversized,
    ...(cronJob.status && { status: scalarsOf(cronJob.status) }),
  };
}

/** A CronJob as the cache keeps it: one that is longer than usual by what a suspension needs. */
export function projectCronJob(cronJob: CronJob): CronJob {
  const { status, spec } = cronJob;
  const kept = {
    ...typeOf(cronJob),
    metadata: metadataOf(cronJob.metadata, ofCronJob),
    spec,
    ...(status && { status: boundedCopy(scalarsOf(status), 512, 64) as object }),
  };
  if (!cronJob.isShortened && lengthOf(kept) <= maxKept) return kept;
  const { schedule, suspend } = spec;
  return {
    ...kept,
    isShortened: true,
    metadata: metadataOf(cronJob.metadata),
    spec: { schedule: cut(schedule, 256), ...(suspend !== undefined && { suspend }) },
  };
}

type Statuses = NonNullable<Pod['status']>['containerStatuses'];

/** Sorts the runner first, so that the limit never cuts off its result. */
const containersOf = (statuses: Statuses = []): Statuses =>
  statuses
    .toSorted((a, b) => Number(b.name === 'runner') - Number(a.name === 'runner'))
    .map(({ name, state }) => {
      const { waiting, running, terminated } = state ?? {};
      return {
        name: cut(name, 64),
        state: {
          ...(waiting && { waiting }),
          ...(running && { running }),
          ...(terminated && { terminated }),
        },
      };
    });

function phaseOf({ phase, reason, message }: NonNullable<Pod['status']> = {}) {
  return {
    ...(phase && { phase }),
    ...(reason && { reason }),
    ...(message && { message: cut(message, 512) }),
  };
}

export function projectPod(pod: Pod): Pod {
  const status = pod.status as (Pod['status'] & { readonly initContainerStatuses?: Statuses }) | undefined;
  const { containerStatuses, initContainerStatuses } = status ?? {};
  const kept = {
    ...phaseOf(status),
    ...(containerStatuses && { containerStatuses: containersOf(containerStatuses) }),
    ...conditionsOf(status),
    ...(initContainerStatuses && { initContainerStatuses: containersOf(initContainerStatuses) }),
  };
  return {
    ...typeOf(pod),
    metadata: metadataOf(pod.metadata),
    ...(pod.spec && { spec: boundedCopy({ nodeName: pod.spec.nodeName }, 300, 256) as object }),
    ...(status && { status: boundedCopy(kept, maxPod, maxResult) as object }),
  };
}

/** Reduces any pod to its claims, its node and its labels. */
export function projectForeignPod({ metadata, spec, status }: Pod): Pod {
  const volumes = spec?.volumes?.filter(({ persistentVolumeClaim: claim, ephemeral }) => claim || ephemeral);
  const mounts = volumes?.map(({ name, persistentVolumeClaim, ephemeral }) => ({
    name,
    ...(persistentVolumeClaim && { persistentVolumeClaim: { claimName: persistentVolumeClaim.claimName } }),
    ...(ephemeral !== undefined && { ephemeral: {} }),
  }));
  const { annotations: _annotations, ...kept } = metadataOf(metadata, { ...onlyOurs, foreign: maxSpec });
  return {
    metadata: kept,
    spec: { ...(spec?.nodeName && { nodeName: spec.nodeName }), ...(mounts && { volumes: mounts }) },
    ...(status?.phase !== undefined && { status: { phase: status.phase } }),
  };
}

export function projectEvent(event: KubeEvent): KubeEvent {
  const { metadata, involvedObject, reason, message, type, count, lastTimestamp, eventTime } = event;
  const { kind, name, namespace, uid } = involvedObject;
  const kept = {
    involvedObject: { kind, name, namespace, uid },
    reason,
    message,
    type,
    count,
    lastTimestamp,
    eventTime,
  };
  const {
    labels: _labels,
    annotations: _annotations,
    ownerReferences: _owners,
    ...meta
  } = metadataOf(metadata);
  return {
    metadata: meta,
    ...(boundedCopy(kept, 2 * maxSentence, maxSentence) as Omit<KubeEvent, 'metadata'>),
  };
}
