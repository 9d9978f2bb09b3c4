import { apiVersion, kind } from '../api/group.ts';
import type { CronJob, Job, KubeObject, Metadata } from '../api/kubernetes.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { SessionStoreStatus } from '../api/status.ts';
import type { StatusEvent } from '../api/status-event.ts';
import { managedByLabel, manager, storeLabel, taskLabel } from '../state/labels.ts';
import { resumePatch, suspensionMark } from '../state/suspended-by-operator.ts';
import { ApiError, isApiError } from './api-error.ts';
import type { ApiServer } from './api-server.ts';
import type { Cache } from './cache.ts';
import type { EventRecorder } from './event-recorder.ts';
import { cronJobsPath, jobsPath, storesPath } from './paths.ts';

/** The object of a create request, which has no uid yet. */
export interface NewObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Pick<Metadata, 'name' | 'namespace' | 'labels' | 'annotations' | 'ownerReferences'>;
  readonly spec: object;
}

interface WritableCaches {
  readonly sessionStores: Cache<SessionStoreResource>;
  readonly jobs: Cache<Job>;
  readonly cronJobs: Cache<CronJob>;
}

/** On create and apply, the API server refuses unknown fields instead of dropping them silently. */
const writing = { fieldManager: manager, fieldValidation: 'Strict' };

type Kind = 'jobs' | 'cronjobs';

const pathOf = (what: Kind, { namespace, name }: { namespace: string; name?: string }): string =>
  (what === 'jobs' ? jobsPath : cronJobsPath)(namespace, name);

const controllerOf = ({ metadata }: { readonly metadata: Pick<Metadata, 'ownerReferences'> }) =>
  metadata.ownerReferences?.find(({ controller }) => controller);

/** True if the object carries the operator's labels for the same store. */
const isLabelled = ({ metadata }: KubeObject, ours: NewObject): boolean =>
  [managedByLabel, storeLabel, taskLabel].every(
    (label) => metadata.labels?.[label] === ours.metadata.labels?.[label],
  );

/**
 * Every write of the operator, each safe to repeat. The API server's response is stored in the caches at once, so that
 * the next reconcile sees it. Refusals are ApiErrors.
 */
export class Writer {
  readonly #server: ApiServer;
  readonly #caches: WritableCaches;
  readonly #events: EventRecorder;

  constructor(server: ApiServer, caches: WritableCaches, events: EventRecorder) {
    this.#server = server;
    this.#caches = caches;
    this.#events = events;
  }

  async createJob(job: NewObject): Promise<void> {
    this.#caches.jobs.recordWrite(await this.#create<Job>('jobs', job));
  }

  async createCronJob(cronJob: NewObject): Promise<void> {
    this.#caches.cronJobs.recordWrite(await this.#create<CronJob>('cronjobs', cronJob));
  }

  /** Applies to the CronJob with that uid only, not to a later one of the same name. */
  async applyCronJob(cronJob: NewObject, uid: string): Promise<void> {
    const applied = await this.#server.request<CronJob>({
      method: 'PATCH',
      path: pathOf('cronjobs', cronJob.metadata),
      query: { ...writing, force: 'true' },
      contentType: 'application/apply-patch+yaml',
      body: { ...cronJob, metadata: { ...cronJob.metadata, uid } },
    });
    this.#caches.cronJobs.recordWrite(applied);
  }

  /** Suspends the CronJob and changes no other field, even if its other fields have changed. */
  async suspendCronJob(cronJob: CronJob): Promise<void> {
    await this.patchCronJob(cronJob, { spec: { suspend: true } });
  }

  /** Merges a patch into the CronJob with that uid. */
  async patchCronJob({ metadata }: CronJob, patch: { readonly metadata?: object; readonly spec: object }) {
    const patched = await this.#server.request<CronJob>({
      method: 'PATCH',
      path: pathOf('cronjobs', metadata),
      query: writing,
      contentType: 'application/merge-patch+json',
      body: { ...patch, metadata: { ...patch.metadata, uid: metadata.uid } },
    });
    this.#caches.cronJobs.recordWrite(patched);
  }

  async deleteJob(job: Job): Promise<void> {
    await this.#delete('jobs', job, this.#caches.jobs);
  }

  async deleteCronJob(cronJob: CronJob): Promise<void> {
    await this.#delete('cronjobs', cronJob, this.#caches.cronJobs);
  }

  /**
   * Suspends the Job and marks it as suspended by the operator, even if its other fields have changed; or resumes the
   * Job in the version that was checked.
   */
  async suspendJob(job: Job, suspend: boolean): Promise<void> {
    const { uid, resourceVersion } = job.metadata;
    await this.#patchJob(job, {
      metadata: { uid, annotations: suspensionMark(suspend), ...(!suspend && { resourceVersion }) },
      spec: suspend ? { suspend } : resumePatch(job),
    });
  }

  async expireJob(job: Job, ttlSecondsAfterFinished: number): Promise<void> {
    const { uid, resourceVersion } = job.metadata;
    const patch = { metadata: { uid, resourceVersion }, spec: { ttlSecondsAfterFinished } };
    await this.#patchJob(job, patch, false);
  }

  async #patchJob(job: Job, body: object, shouldNotify = true): Promise<void> {
    try {
      const patched = await this.#server.request<Job>({
        method: 'PATCH',
        path: pathOf('jobs', job.metadata),
        query: writing,
        contentType: 'application/merge-patch+json',
        body,
      });
      this.#caches.jobs.recordWrite(patched, shouldNotify);
    } catch (error) {
      if (!isApiError(error, 404)) throw error;
      this.#caches.jobs.remove(job);
    }
  }

  /** Replaces the status of the version that it was computed from; a 409 if another client was faster. */
  async writeStatus(store: SessionStoreResource, status: SessionStoreStatus): Promise<void> {
    const { name, namespace, uid, resourceVersion } = store.metadata;
    const written = await this.#server.request<SessionStoreResource>({
      method: 'PUT',
      path: `${storesPath(namespace, name)}/status`,
      query: writing,
      body: {
        apiVersion,
        kind,
        metadata: { name, namespace, uid, resourceVersion },
        status,
      },
    });
    this.#caches.sessionStores.recordWrite(written);
  }

  /** Emits an event for users; never waits and never fails. */
  emit(store: SessionStoreResource, event: StatusEvent): void {
    this.#events.emit(store, event);
  }

  /** Creates the object, or finds it: created before by the operator, or by another owner, which is a NameConflict. */
  async #create<T extends KubeObject>(what: Kind, object: NewObject): Promise<T> {
    try {
      return await this.#server.request<T>({
        method: 'POST',
        path: pathOf(what, { namespace: object.metadata.namespace }),
        query: writing,
        body: object,
      });
    } catch (error) {
      if (!isApiError(error, 409) || error.reason !== 'AlreadyExists') throw error;
      return this.#existing<T>(what, object);
    }
  }

  async #existing<T extends KubeObject>(what: Kind, object: NewObject): Promise<T> {
    const live = await this.#server.request<T>({ method: 'GET', path: pathOf(what, object.metadata) });
    const [theirs, ours] = [controllerOf(live), controllerOf(object)];
    const { labels = {}, ownerReferences = [] } = object.metadata;
    if (theirs?.uid === ours?.uid && !live.metadata.deletionTimestamp) {
      // Without the labels no watch would report the object again.
      return isLabelled(live, object) ? live : this.#adopt<T>(what, live, { labels });
    }
    if (!theirs && isLabelled(live, object)) return this.#adopt<T>(what, live, { ownerReferences });
    const isBeingDeleted =
      live.metadata.deletionTimestamp !== undefined || (theirs?.kind === kind && theirs.name === ours?.name);
    if (isBeingDeleted)
      throw new ApiError(
        409,
        'AlreadyExists',
        `${object.kind} ${object.metadata.name} from before is still being deleted`,
      );
    const owner = theirs
      ? `and belongs to ${theirs.kind} ${theirs.name}, not to this SessionStore`
      : 'without an owner';
    throw new ApiError(
      409,
      'NameConflict',
      `${object.kind} ${object.metadata.name} exists ${owner}: delete or rename it, or give the SessionStore another name`,
    );
  }

  /** Restores lost labels or a lost owner: the store was deleted with --cascade=orphan, or restored from a backup. */
  #adopt<T extends KubeObject>(
    what: Kind,
    { metadata: { name, namespace, uid, resourceVersion } }: T,
    lost: Pick<NewObject['metadata'], 'labels' | 'ownerReferences'>,
  ): Promise<T> {
    return this.#server.request<T>({
      method: 'PATCH',
      path: pathOf(what, { name, namespace }),
      query: writing,
      contentType: 'application/merge-patch+json',
      body: { metadata: { uid, resourceVersion, ...lost } },
    });
  }

  async #delete<T extends KubeObject>(what: Kind, object: T, cache: Cache<T>): Promise<void> {
    const { uid } = object.metadata;
    try {
      const response = await this.#server.request<T & { readonly status?: unknown }>({
        method: 'DELETE',
        path: pathOf(what, object.metadata),
        body: { propagationPolicy: 'Background', preconditions: { uid } },
      });
      // With finalizers the response is the object that is being deleted; without, the object is gone and the response
      // may be a Status.
      if (response.metadata?.deletionTimestamp) cache.put(response);
      else cache.remove(object);
    } catch (error) {
      if (!isApiError(error, 404)) throw error;
      cache.remove(object);
    }
  }
}
