import { group, requestAnnotation } from '../api/group.ts';
import type { CronJob, Job, KubeEvent, KubeObject, Metadata, Pod } from '../api/kubernetes.ts';
import { maxSpec, type SessionStoreResource } from '../api/session-store-resource.ts';
import { exclusiveClaimGate, managedByLabel } from '../state/labels.ts';

/**
 * Reduces each object to the fields that are read, each with a bound, before the caches keep it. The API server accepts
 * objects of 1.5 MB, and a person with the right to edit a namespace may make any number of them.
 */

/** Limits in characters of JSON. Status as the operator writes it has about 5,000, and never more than this. */
const maxStatus = 49_152;
/** The operator's CronJob holds the pod section and the rest of the spec, each at most as long as a spec. */
const maxCronJob = 3 * maxSpec;
/** A Job's arguments hold the spec without its pod section. */
const maxJob = 1.5 * maxSpec;
const maxPod = 16_384;
const maxSentence = 1024;
/** The kubelet's limit of a termination message. */
const maxResult = 4096;

/** Cuts a text, and keeps no reference to the whole. */
const cut = (text: string, max: number): string =>
  text.length <= max ? text : Buffer.from(text.slice(0, max)).toString();

const lengthOf = (value: unknown): number => JSON.stringify(value ?? null).length;

/** Copies values up to a number of characters of JSON, and leaves out the rest. */
class Copier {
  #left: number;
  readonly #maxText: number;

  constructor(limit: number, maxText: number) {
    this.#left = limit;
    this.#maxText = maxText;
  }

  copy(value: unknown): unknown {
    if (value === null || typeof value !== 'object') {
      const kept = typeof value === 'string' ? cut(value, this.#maxText) : value;
      return this.#fits(kept) ? kept : undefined;
    }
    // Even empty ones take memory.
    if (!this.#fits('')) return undefined;
    return Array.isArray(value) ? this.#list(value) : this.#map(value);
  }

  #list(values: readonly unknown[]): unknown {
    return values.map((each) => this.copy(each)).filter((each) => each !== undefined);
  }

  #map(value: object): unknown {
    const copies = Object.entries(value).map(
      ([key, each]) => [key, this.#fits(key) ? this.copy(each) : undefined] as const,
    );
    return Object.fromEntries(copies.filter(([, each]) => each !== undefined));
  }

  #fits(value: unknown): boolean {
    this.#left -= lengthOf(value) + 4;
    return this.#left >= 0;
  }
}

const copied = (value: unknown, limit: number, maxText: number): unknown =>
  new Copier(limit, maxText).copy(value);

type Texts = Readonly<Record<string, string>>;

const isOurs = (key: string): boolean => key.startsWith(`${group}/`) || key === managedByLabel;

/** Limits of labels and of annotations each, in characters: the operator's own, and all others. */
interface Room {
  readonly own: number;
  readonly foreign: number;
}

const onlyOurs: Room = { own: 2048, foreign: 0 };
/** childMetadata adds labels and annotations, and the operator an annotation with all their keys. */
const ofCronJob: Room = { own: maxSpec, foreign: 2 * maxSpec };

function entriesOf(entries: Texts | undefined, { own, foreign }: Room): Texts | undefined {
  if (!entries) return undefined;
  const [ours, others] = [true, false].map((wanted) =>
    Object.fromEntries(Object.entries(entries).filter(([key]) => isOurs(key) === wanted)),
  );
  return { ...(copied(ours, own, own / 2) as Texts), ...(copied(others, foreign, 2048) as Texts) };
}

function metadataOf(metadata: Metadata, room = onlyOurs): Metadata {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const { generation, deletionTimestamp } = metadata;
  const [labels, annotations] = [metadata.labels, metadata.annotations].map((texts) =>
    entriesOf(texts, room),
  );
  // The controller comes first, so that the limit never cuts it off.
  const owners = metadata.ownerReferences?.toSorted((a, b) => Number(b.controller) - Number(a.controller));
  return {
    ...{ name, namespace, uid, resourceVersion, creationTimestamp },
    ...(generation !== undefined && { generation }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(owners && { ownerReferences: copied(owners, 4096, 512) as NonNullable<Metadata['ownerReferences']> }),
  };
}

const typeOf = ({ apiVersion, kind }: KubeObject) => ({
  ...(apiVersion !== undefined && { apiVersion }),
  ...(kind !== undefined && { kind }),
});

/** Reduces an oversized spec to its suspension, and drops a status that is longer than the operator writes it. */
export function keptStore(store: SessionStoreResource): SessionStoreResource {
  const { apiVersion, kind, metadata, spec, status } = store;
  const { labels: _labels, ownerReferences: _owners, annotations, ...rest } = metadataOf(metadata);
  const request = annotations?.[requestAnnotation];
  const size = lengthOf(spec);
  const suspension = {
    suspend: spec?.suspend === true,
    cleanup: { suspend: spec?.cleanup?.suspend === true },
  };
  const oversize = store.oversize ?? (size > maxSpec ? size : undefined);
  const kept = {
    ...{ apiVersion, kind },
    metadata: { ...rest, ...(request !== undefined && { annotations: { [requestAnnotation]: request } }) },
    ...(oversize === undefined ? { spec } : { spec: suspension, oversize }),
    ...(status && lengthOf(status) <= maxStatus && { status }),
  };
  return kept as SessionStoreResource;
}

/** Keeps numbers, booleans and short texts, such as a Job's deadline and a Pod's node. */
const scalarsOf = (value: object | undefined, maxText = 256): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value ?? {})
      .filter(([, inner]) => typeof inner !== 'object')
      .map(([key, inner]) => [key, typeof inner === 'string' ? cut(inner, maxText) : inner]),
  );

interface Template {
  readonly spec?: {
    readonly containers?: readonly { readonly name: string; readonly args?: unknown }[];
    readonly volumes?: readonly {
      readonly name: string;
      readonly secret?: { readonly secretName?: string };
    }[];
    readonly schedulingGates?: readonly { readonly name: string }[];
  };
}

function templateOf({ spec }: Template) {
  const containers = spec?.containers?.map(({ name, args }) => ({
    name,
    ...(args !== undefined && { args }),
  }));
  const volumes = spec?.volumes?.map(({ name, secret }) => ({
    name,
    ...(secret && { secret: { secretName: secret.secretName } }),
  }));
  // Named, they are taken away in the patch that resumes the Job.
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

export function keptJob(job: Job): Job {
  const spec = { ...scalarsOf(job.spec), template: templateOf((job.spec['template'] ?? {}) as Template) };
  return {
    ...typeOf(job),
    metadata: metadataOf(job.metadata),
    spec: copied(spec, maxJob, maxSpec) as Job['spec'],
    ...(job.status && {
      status: copied(
        { ...scalarsOf(job.status), ...conditionsOf(job.status) },
        maxSpec / 2,
        maxSentence,
      ) as object,
    }),
  };
}

/** Marks an oversized spec as foreign, so that the operator creates the CronJob again. */
export function keptCronJob(cronJob: CronJob): CronJob {
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

export function keptPod(pod: Pod): Pod {
  const status = pod.status as (Pod['status'] & { readonly initContainerStatuses?: Statuses }) | undefined;
  const { containerStatuses, initContainerStatuses } = status ?? {};
  const kept = {
    ...scalarsOf(status, maxSentence),
    ...(containerStatuses && { containerStatuses: containersOf(containerStatuses) }),
    ...conditionsOf(status),
    ...(initContainerStatuses && { initContainerStatuses: containersOf(initContainerStatuses) }),
  };
  return {
    ...typeOf(pod),
    metadata: metadataOf(pod.metadata),
    ...(pod.spec && { spec: copied(scalarsOf(pod.spec), 4096, 256) as object }),
    ...(status && { status: copied(kept, maxPod, maxResult) as object }),
  };
}

/** Reduces any pod to its claims, its node and its labels. */
export function neighbour({ metadata, spec, status }: Pod): Pod {
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

export function keptEvent(event: KubeEvent): KubeEvent {
  const { metadata, involvedObject, reason, message, type, count, lastTimestamp, eventTime } = event;
  const { kind, name, namespace, uid } = involvedObject;
  const kept = {
    involvedObject: { kind, name, namespace, uid },
    ...{ reason, message, type, count, lastTimestamp, eventTime },
  };
  const {
    labels: _labels,
    annotations: _annotations,
    ownerReferences: _owners,
    ...meta
  } = metadataOf(metadata);
  return { metadata: meta, ...(copied(kept, 2 * maxSentence, maxSentence) as Omit<KubeEvent, 'metadata'>) };
}
