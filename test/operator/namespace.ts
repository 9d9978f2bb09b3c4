import { apiVersion, kind } from '../../src/api/group.ts';
import type { CronJob, Job } from '../../src/api/kubernetes.ts';
import type { RunnerResult } from '../../src/api/runner-result.ts';
import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { attemptAnnotation, storeLabel, taskLabel } from '../../src/state/labels.ts';
import { cronJobPath, jobPath, storePath, until, untilCondition } from '../api-client.ts';
import { postgresSpec, setupResult } from '../builders.ts';
import { endPodOf } from './kubelet.ts';
import type { Loop } from './loop.ts';

export type MadeCronJob = CronJob & {
  readonly spec: { readonly jobTemplate: Pick<Job, 'metadata' | 'spec'> };
};

interface ExpectedCondition {
  readonly type: string;
  readonly status?: string;
  readonly reason?: string;
}

/** One namespace of a loop, and what tests do to the stores in it. */
export class Namespace {
  readonly #loop: Pick<Loop, 'api'>;
  readonly name: string;

  constructor(loop: Pick<Loop, 'api'>, name: string) {
    this.#loop = loop;
    this.name = name;
  }

  get #api() {
    return this.#loop.api;
  }

  async apply(name: string, spec: SessionStoreSpec = postgresSpec): Promise<void> {
    await this.#api.must('POST', storePath(this.name), { apiVersion, kind, metadata: { name }, spec });
  }

  /** Changes fields of a store; null removes one. */
  change(store: string, change: { readonly spec?: unknown; readonly metadata?: object }) {
    return this.#api.merge(storePath(this.name, store), change);
  }

  untilCondition(store: string, expected: ExpectedCondition): Promise<SessionStoreResource> {
    return untilCondition(this.#api, { namespace: this.name, name: store }, expected);
  }

  untilReady(store: string): Promise<SessionStoreResource> {
    return this.untilCondition(store, { type: 'Ready', status: 'True' });
  }

  async setupJobs(store: string): Promise<readonly Job[]> {
    const selector = `${storeLabel}=${store},${taskLabel}=setup`;
    return (await this.#api.must('GET', `${jobPath(this.name)}?labelSelector=${selector}`)).items;
  }

  setupJob(store: string, attempt = 1): Promise<Job> {
    return until(`set-up Job ${attempt} of ${store}`, async () =>
      (await this.setupJobs(store)).find(
        ({ metadata }) => metadata.annotations?.[attemptAnnotation] === String(attempt),
      ),
    );
  }

  /** Ends a Job's pod as a kubelet would report it. */
  endPodOf(job: string, result: RunnerResult, exitCode = 0): Promise<void> {
    return endPodOf(this.#api, this.name, job, exitCode, result);
  }

  /** Lets set-up succeed, and waits until the store is Ready. */
  async provision(store: string, attempt = 1): Promise<SessionStoreResource> {
    await this.endPodOf((await this.setupJob(store, attempt)).metadata.name, setupResult());
    return this.untilReady(store);
  }

  cronJob(store: string): Promise<MadeCronJob> {
    return this.#api.must('GET', cronJobPath(this.name, `${store}-cleanup`));
  }

  /** Makes a Job of the store's CronJob as its controller does at the scheduled time. */
  async startCleanup(
    store: string,
    job: string,
    change: (spec: Job['spec']) => object = (spec) => spec,
  ): Promise<void> {
    const { metadata, spec } = await this.cronJob(store);
    const { labels, annotations } = spec.jobTemplate.metadata;
    const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: metadata.name, uid: metadata.uid };
    await this.#api.must('POST', jobPath(this.name), {
      metadata: { name: job, labels, annotations, ownerReferences: [{ ...owner, controller: true }] },
      spec: change(spec.jobTemplate.spec),
    });
  }

  /** Waits until status has the result of a run. */
  untilRun(store: string, job: string): Promise<SessionStoreResource> {
    return until(`the result of ${job}`, async () => {
      const current: SessionStoreResource = await this.#api.must('GET', storePath(this.name, store));
      return current.status?.cleanup?.lastRun?.jobName === job && current;
    });
  }

  /** Waits until a Job, or with storePath a store, is gone. */
  untilGone(path: string): Promise<unknown> {
    return until(`${path} to be gone`, async () => (await this.#api.request('GET', path)).status === 404);
  }
}
