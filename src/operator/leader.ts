import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ApiError, isApiError } from '../kube/api-error.ts';
import type { ApiServer } from '../kube/api-server.ts';

/** client-go's and controller-runtime's defaults. */
const leaseSeconds = 15;
const renewDeadlineMs = 10_000;
const retryMs = 2000;

interface Lease {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion?: string };
  readonly spec: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export interface LeaderOptions {
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
}

/** RFC 3339 with the six digits that the API server demands of a MicroTime. */
const microTime = (): string => new Date().toISOString().replace('Z', '000Z');

/**
 * Leads while it holds the Lease, after client-go: another's lease is over when it has not *changed* for its duration by our
 * own clock, whatever its times say. No fencing: two may think that they lead for a moment, so every write is safe to repeat.
 */
export class LeaderElection {
  readonly #server: ApiServer;
  readonly #options: LeaderOptions;
  readonly #log: Logger;
  #seen: { readonly version: string | undefined; readonly at: number } | undefined;
  #held: Lease | undefined;
  #renewedAt = 0;

  constructor(server: ApiServer, options: LeaderOptions, log: Logger) {
    this.#server = server;
    this.#options = options;
    this.#log = log;
  }

  /** Whether it leads, or waits as it should: false where it has the lease and cannot renew it. */
  isHealthy(now = performance.now()): boolean {
    return this.#held === undefined || now - this.#renewedAt < leaseSeconds * 1000;
  }

  /** Waits until it leads, or the signal fires. */
  async acquire(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await this.#tryAcquire())) await this.#pause(signal);
  }

  /** Renews until the signal fires; rejects when the lease is lost. */
  async hold(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#pause(signal);
      if (signal.aborted) return;
      if (await this.#tryRenew()) continue;
      if (performance.now() - this.#renewedAt > renewDeadlineMs)
        throw new Error('the leader’s lease was lost: it could not be renewed in time');
    }
  }

  /** Gives the lease back, so that the next one need not wait for its end. */
  async release(): Promise<void> {
    if (!this.#held) return;
    const { spec } = this.#held;
    await this.#write({
      ...this.#held,
      spec: { ...spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime() },
    });
    this.#held = undefined;
  }

  async #tryAcquire(): Promise<boolean> {
    try {
      const lease = await this.#read();
      if (lease && !this.#isOver(lease)) return false;
      const { namespace, name } = this.#options;
      const transitions = (lease?.spec.leaseTransitions ?? -1) + 1;
      const spec = { ...this.#spec(), acquireTime: microTime(), leaseTransitions: transitions };
      await this.#write({ metadata: { ...lease?.metadata, namespace, name }, spec });
      return true;
    } catch (error) {
      this.#log.debug({ err: error }, 'the lease could not be had yet');
      if (error instanceof ApiError && error.code === 403) throw error;
      return false;
    }
  }

  #isOver({ metadata, spec }: Lease): boolean {
    if (!spec.holderIdentity || spec.holderIdentity === this.#options.identity) return true;
    const now = performance.now();
    if (this.#seen?.version !== metadata.resourceVersion)
      this.#seen = { version: metadata.resourceVersion, at: now };
    return now - (this.#seen?.at ?? now) > (spec.leaseDurationSeconds ?? leaseSeconds) * 1000;
  }

  async #tryRenew(): Promise<boolean> {
    if (!this.#held) return false;
    try {
      await this.#write({ ...this.#held, spec: { ...this.#held.spec, ...this.#spec() } });
      return true;
    } catch (error) {
      this.#log.warn({ err: error }, 'the lease could not be renewed');
      if (isApiError(error, 409))
        throw new Error('the leader’s lease was taken by another', { cause: error });
      return false;
    }
  }

  #spec() {
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: leaseSeconds,
      renewTime: microTime(),
    };
  }

  get #path(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.#options.namespace}/leases`;
  }

  async #read(): Promise<Lease | undefined> {
    try {
      return await this.#server.request<Lease>({
        method: 'GET',
        path: `${this.#path}/${this.#options.name}`,
      });
    } catch (error) {
      if (isApiError(error, 404)) return undefined;
      throw error;
    }
  }

  /** With the version it was read at: of two who take it at once, one gets a 409. */
  async #write(lease: Lease): Promise<void> {
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', ...lease };
    const isNew = lease.metadata.resourceVersion === undefined;
    this.#held = await this.#server.request<Lease>({
      method: isNew ? 'POST' : 'PUT',
      path: isNew ? this.#path : `${this.#path}/${this.#options.name}`,
      body,
    });
    this.#renewedAt = performance.now();
  }

  async #pause(signal: AbortSignal): Promise<void> {
    await sleep(retryMs * (1 + 0.2 * Math.random()), undefined, { signal }).catch((error: Error) => {
      if (error.name !== 'AbortError') throw error;
    });
  }
}
