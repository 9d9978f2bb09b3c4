import { pino } from 'pino';
import {
  type Job,
  type KubeEvent,
  type KubeObject,
  type Pod,
  podStartWarnings,
} from '../../api/kubernetes.ts';
import type { ApiServer } from '../../kube/api-server.ts';
import { Cache } from '../../kube/cache.ts';
import { ListWatch } from '../../kube/list-watch.ts';
import { coreEventsPath, jobsPath, podsPath } from '../../kube/paths.ts';
import { Warnings } from '../../kube/warnings.ts';
import type { ObservedJob } from '../../state/observed.ts';

/** Where the Jobs of runs are, and the labels that their pods have too. */
export interface RunSelection {
  readonly namespace: string;
  readonly labelSelector: string;
}

/**
 * The Jobs of runs with their pods, followed by watches that are opened again whenever they break off, until the signal
 * fires. Events are read if the person may read them: they say why a pod is not made or does not start.
 */
export class RunWatch {
  readonly #jobs: Cache<Job>;
  readonly #pods: Cache<Pod>;
  readonly #warnings = new Warnings();
  #changed = Promise.withResolvers<void>();

  constructor(server: ApiServer, { namespace, labelSelector }: RunSelection, signal: AbortSignal) {
    const changed = () => this.#tell();
    this.#jobs = new Cache<Job>(changed);
    this.#pods = new Cache<Pod>(changed);
    // Trouble of a watch is no news for a person: it is opened again, and the run goes on meanwhile.
    const log = pino({ level: 'silent' });
    const follow = <T extends KubeObject>(
      path: string,
      selector: Readonly<Record<string, string>>,
      into: Pick<Cache<T>, 'put' | 'remove' | 'replace' | 'clear'>,
    ) => {
      const listener = {
        transform: (object: T) => object,
        replace: (objects: readonly T[], version: string) => into.replace(objects, version),
        put: (object: T) => into.put(object),
        remove: (object: T) => into.remove(object),
        reset: () => into.clear(),
      };
      void new ListWatch<T>(server, { path, selector }, listener, log).run(signal);
    };
    follow(jobsPath(namespace), { labelSelector }, this.#jobs);
    follow(podsPath(namespace), { labelSelector }, this.#pods);
    for (const reason of ['FailedCreate', ...podStartWarnings])
      follow<KubeEvent>(coreEventsPath(namespace), { fieldSelector: `reason=${reason}` }, this.#events());
  }

  /** The Job with its pods; undefined if it is not known yet, or no longer exists. */
  observed(namespace: string, jobName: string): ObservedJob | undefined {
    const job = this.#jobs.get(`${namespace}/${jobName}`);
    if (!job) return undefined;
    const pods = this.#pods.ownedBy(job.metadata.uid);
    const warnings = [job, ...pods].flatMap(({ metadata }) => this.#warnings.about(metadata.uid));
    return { job, pods, warnings };
  }

  /** Takes in the answer to a write, which the watch reports later. */
  put(job: Job): void {
    this.#jobs.put(job);
  }

  /** Resolves at the next change of anything. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  #tell(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }

  #events() {
    const put = (event: KubeEvent) => {
      this.#warnings.put(event);
      this.#tell();
    };
    return {
      put,
      replace: (events: readonly KubeEvent[]) => events.forEach(put),
      remove: () => undefined,
      clear: () => undefined,
    };
  }
}
