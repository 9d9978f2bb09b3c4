import type { Logger } from 'pino';
import {
  type CronJob,
  type Job,
  type KubeEvent,
  type KubeObject,
  type Pod,
  podStartWarnings,
} from '../api/kubernetes.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { managedByLabel, manager, storeLabel } from '../state/labels.ts';
import type { ApiServer } from './api-server.ts';
import { Cache, keyOf } from './cache.ts';
import { type Listener, ListWatch, type ListWatchOptions } from './list-watch.ts';
import { coreEventsPath, cronJobsPath, jobsPath, podsPath, storesPath } from './paths.ts';
import { projectCronJob, projectEvent, projectJob, projectPod } from './projection.ts';
import { projectStore } from './store-projection.ts';
import { Warnings } from './warnings.ts';

export interface ClusterOptions {
  /** The namespaces to watch; all namespaces if empty. */
  readonly namespaces?: readonly string[];
  /** Called when anything about the store `namespace/name` may have changed. */
  readonly onChange: (key: string) => void;
  readonly silenceMs?: number;
}

const ours = { selector: { labelSelector: `${managedByLabel}=${manager}` } };
const unknownKindHint = 'The API server knows no SessionStores. Install them: kubectl apply -k deploy';

/** The store that an own object belongs to, by its label. */
function storeKeyOf({ metadata }: KubeObject): string | undefined {
  const name = metadata.labels?.[storeLabel];
  return name === undefined ? undefined : `${metadata.namespace}/${name}`;
}

/** All cluster state that the operator reads, from caches that lists and watches fill. */
export class Cluster {
  readonly sessionStores: Cache<SessionStoreResource>;
  readonly jobs: Cache<Job>;
  readonly cronJobs: Cache<CronJob>;
  readonly pods: Cache<Pod>;
  readonly watches: readonly ListWatch<KubeObject>[];
  /** The watches that decisions depend on, by namespace. */
  readonly #vital = new Map<string | undefined, readonly ListWatch<KubeObject>[]>();
  readonly #warnings = new Warnings();
  readonly #options: ClusterOptions;

  constructor(server: ApiServer, options: ClusterOptions, log: Logger) {
    this.#options = options;
    this.sessionStores = new Cache((store) => options.onChange(keyOf(store)), projectStore);
    this.jobs = new Cache((job) => this.#childChanged(job), projectJob);
    this.cronJobs = new Cache((cronJob) => this.#childChanged(cronJob), projectCronJob);
    this.pods = new Cache((pod) => this.#childChanged(pod), projectPod);
    const namespaces = options.namespaces?.length ? options.namespaces : [undefined];
    this.watches = namespaces.flatMap((namespace) => this.#watchesOf(server, namespace, log));
  }

  sessionStore(namespace: string, name: string): SessionStoreResource | undefined {
    return this.sessionStores.get(`${namespace}/${name}`);
  }

  /** The CronJob of that name, if it carries the operator's label. */
  cronJob(namespace: string, name: string): CronJob | undefined {
    return this.cronJobs.get(`${namespace}/${name}`);
  }

  jobsOwnedBy(uid: string): readonly Job[] {
    return this.jobs.ownedBy(uid);
  }

  podsOwnedBy(uid: string): readonly Pod[] {
    return this.pods.ownedBy(uid);
  }

  /** Events that explain why a CronJob creates no Job, a Job has no pod, or a Pod has no volume. */
  warningsAbout(uid: string): readonly KubeEvent[] {
    return this.#warnings.about(uid);
  }

  /** True once each watch was listed or refused: a namespace without rights does not hold up the others. */
  get isSettled(): boolean {
    return this.watches.every(({ isSynced, isRefused }) => isSynced || isRefused);
  }

  /** True if everything that decisions depend on was listed in the namespace. Events are not required. */
  isSyncedIn(namespace: string): boolean {
    const watches = this.#vital.get(namespace) ?? this.#vital.get(undefined) ?? [];
    return watches.every((watch) => watch.isSynced);
  }

  /** Runs all watches until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.watches.map((watch) => watch.run(signal)));
  }

  #watchesOf(
    server: ApiServer,
    namespace: string | undefined,
    log: Logger,
  ): readonly ListWatch<KubeObject>[] {
    const { silenceMs } = this.#options;
    const watch = <T extends KubeObject>(
      path: string,
      listener: Listener<T>,
      rest: Omit<ListWatchOptions, 'path'> = {},
    ) => {
      const options = { path, ...rest, ...(silenceMs !== undefined && { silenceMs }) };
      return new ListWatch<T>(server, options, listener, log) as unknown as ListWatch<KubeObject>;
    };
    const into = <T extends KubeObject>(cache: Cache<T>): Listener<T> => ({
      transform: (object) => cache.transform(object),
      replace: (objects, listVersion) => cache.replace(objects, listVersion, namespace),
      put: (object) => cache.put(object),
      isEcho: (version) => cache.isEcho(version),
      remove: (object) => cache.remove(object),
      reset: () => cache.clear(namespace),
    });
    const events = (kind: string, reason: string) =>
      watch(coreEventsPath(namespace), this.#warningListener(), {
        selector: { fieldSelector: `involvedObject.kind=${kind},reason=${reason}` },
      });
    const vital = [
      watch(storesPath(namespace), into(this.sessionStores), { unknownKindHint }),
      watch(cronJobsPath(namespace), into(this.cronJobs), ours),
      watch(jobsPath(namespace), into(this.jobs), ours),
      watch(podsPath(namespace), into(this.pods), ours),
    ];
    this.#vital.set(namespace, vital);
    return [
      ...vital,
      // These messages appear nowhere else.
      events('CronJob', 'FailedCreate'),
      events('Job', 'FailedCreate'),
      ...podStartWarnings.map((reason) => events('Pod', reason)),
    ];
  }

  #warningListener(): Listener<KubeEvent> {
    const put = (whole: KubeEvent) => {
      const event = projectEvent(whole);
      this.#warnings.put(event);
      const { namespace, name } = event.involvedObject;
      const key = `${namespace}/${name}`;
      const subject = this.jobs.get(key) ?? this.pods.get(key) ?? this.cronJobs.get(key);
      if (subject) this.#childChanged(subject);
    };
    return {
      transform: projectEvent,
      replace: (events) => {
        for (const event of events) put(event);
      },
      put,
      // An expired event is still true; its Job or Pod shows when that changes.
      remove: () => undefined,
      reset: () => undefined,
    };
  }

  #childChanged(child: KubeObject): void {
    const key = storeKeyOf(child);
    if (key !== undefined) this.#options.onChange(key);
  }
}

/** The caches that reconcile reads. */
export type Caches = Pick<
  Cluster,
  'sessionStore' | 'cronJob' | 'jobsOwnedBy' | 'podsOwnedBy' | 'warningsAbout'
>;
