import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ifFound, isApiError } from '../kube/api-error.ts';
import type { ApiServer, CallOptions } from '../kube/api-server.ts';
import { microTime } from '../kube/micro-time.ts';
import { leasesPath } from '../kube/paths.ts';

/** client-go's and controller-runtime's defaults. */
const defaults = { leaseSeconds: 15, renewDeadlineMs: 10_000, retryMs: 2000 };

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
  /** Identity of this process alone, not of an earlier one in the same pod. */
  readonly identity: string;
  /** Time that other replicas wait for a holder that does not renew. */
  readonly leaseSeconds?: number;
  /**
   * Time that the holder continues without renewing. Shorter than the lease, so that the holder stops before another
   * replica starts.
   */
  readonly renewDeadlineMs?: number;
  /** Time between two tries. */
  readonly retryMs?: number;
}

/**
 * Leads while it holds the Lease, as in client-go: another replica's lease expires when it has not *changed* for its
 * duration by the local clock, independent of its own times. There is no fencing: two replicas may believe for a
 * moment that they lead, so every write is safe to repeat.
 */
export class LeaderElection {
  readonly #server: ApiServer;
  readonly #options: Required<LeaderOptions>;
  readonly #log: Logger;
  #seen: { readonly version: string | undefined; readonly at: number } | undefined;
  #held: Lease | undefined;
  #renewedAt = 0;

  constructor(server: ApiServer, options: LeaderOptions, log: Logger) {
    this.#server = server;
    this.#options = { ...defaults, ...options };
    this.#log = log;
  }

  /** True if this replica leads or waits correctly; false if it holds the lease and cannot renew it. */
  isHealthy(now = performance.now()): boolean {
    return this.#held === undefined || now - this.#renewedAt < this.#options.leaseSeconds * 1000;
  }

  /** Waits until this replica leads, or the signal fires. */
  async acquire(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !(await this.#tryAcquire())) await this.#pause(signal);
  }

  /** Renews until the signal fires; rejects when the lease is lost. */
  async hold(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#pause(signal);
      if (signal.aborted) return;
      if (await this.#tryRenew()) continue;
      if (this.#leftMs() <= 0)
        throw new Error('the leader’s lease was lost: it could not be renewed in time');
    }
  }

  /** Releases the lease, so that the next replica does not have to wait until it expires; if that fails, it has to. */
  async release(): Promise<void> {
    if (!this.#held) return;
    const { spec } = this.#held;
    try {
      await this.#write({
        ...this.#held,
        spec: { ...spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime() },
      });
    } catch (error) {
      this.#log.warn(
        { err: error },
        'the lease could not be released: the next leader waits until it expires',
      );
    }
    this.#held = undefined;
  }

  async #tryAcquire(): Promise<boolean> {
    try {
      const lease = await this.#read();
      if (lease && !this.#isExpired(lease)) return false;
      const { namespace, name } = this.#options;
      const transitions = (lease?.spec.leaseTransitions ?? -1) + 1;
      const spec = { ...this.#spec(), acquireTime: microTime(), leaseTransitions: transitions };
      await this.#write({ metadata: { ...lease?.metadata, namespace, name }, spec });
      return true;
    } catch (error) {
      const isOvertaken = isApiError(error, 409);
      this.#log[isOvertaken ? 'debug' : 'warn']({ err: error }, 'the lease could not be acquired yet');
      if (isApiError(error, 403)) throw error;
      return false;
    }
  }

  #isExpired({ metadata, spec }: Lease): boolean {
    if (!spec.holderIdentity || spec.holderIdentity === this.#options.identity) return true;
    const now = performance.now();
    if (this.#seen?.version !== metadata.resourceVersion)
      this.#seen = { version: metadata.resourceVersion, at: now };
    return now - (this.#seen?.at ?? now) > (spec.leaseDurationSeconds ?? this.#options.leaseSeconds) * 1000;
  }

  async #tryRenew(): Promise<boolean> {
    if (!this.#held) return false;
    try {
      await this.#write({ ...this.#held, spec: { ...this.#held.spec, ...this.#spec() } });
      return true;
    } catch (error) {
      this.#log.warn({ err: error }, 'the lease could not be renewed');
      if (isApiError(error, 409)) await this.#recheckHolder();
      return false;
    }
  }

  /**
   * After a conflict: another replica has the lease, or the response to an earlier try was lost, or another client
   * changed the object.
   */
  async #recheckHolder(): Promise<void> {
    const lease = await this.#read().catch(() => this.#held);
    if (lease?.spec.holderIdentity !== this.#options.identity)
      throw new Error('the leader’s lease was taken by another replica');
    this.#held = lease;
  }

  #spec() {
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: this.#options.leaseSeconds,
      renewTime: microTime(),
    };
  }

  #read(): Promise<Lease | undefined> {
    const path = leasesPath(this.#options.namespace, this.#options.name);
    return ifFound(this.#server.request<Lease>({ method: 'GET', path }, this.#callOptions()));
  }

  /** Writes with the version that was read: if two replicas take the lease at the same time, one gets a 409. */
  async #write(lease: Lease): Promise<void> {
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', ...lease };
    const { namespace, name, resourceVersion } = lease.metadata;
    const isNew = resourceVersion === undefined;
    // Other replicas count from the time at which the server wrote the lease, which may be long before its response
    // arrives.
    const sentAt = performance.now();
    this.#held = await this.#server.request<Lease>(
      {
        method: isNew ? 'POST' : 'PUT',
        path: leasesPath(namespace, isNew ? undefined : name),
        body,
      },
      this.#callOptions(),
    );
    this.#renewedAt = sentAt;
  }

  /** Time that is left without renewing. */
  #leftMs(): number {
    return this.#renewedAt + this.#options.renewDeadlineMs - performance.now();
  }

  /** A server that does not respond must not delay the holder past its deadline, so a try gets half of the time. */
  #callOptions(): CallOptions {
    const halfMs = this.#options.renewDeadlineMs / 2;
    const leftMs = this.#held ? Math.max(this.#leftMs(), 1) : halfMs;
    return { signal: AbortSignal.timeout(Math.ceil(Math.min(halfMs, leftMs))) };
  }

  async #pause(signal: AbortSignal): Promise<void> {
    await sleep(this.#options.retryMs * (1 + 0.2 * Math.random()), undefined, { signal }).catch(
      (error: Error) => {
        if (error.name !== 'AbortError') throw error;
      },
    );
  }
}
