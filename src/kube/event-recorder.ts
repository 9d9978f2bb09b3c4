import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { apiVersion, kind } from '../api/group.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { StatusEvent } from '../api/status-event.ts';
import { manager } from '../state/labels.ts';
import { ApiError, isApiError } from './api-error.ts';
import type { ApiServer } from './api-server.ts';
import { microTime } from './micro-time.ts';
import { eventsPath } from './paths.ts';

/** Repeated events within this time become one event with a count. */
const seriesMs = 6 * 60_000;
const maxSeries = 4096;
/** A longer queue means that the API server does not accept events; then the oldest ones are enough. */
const maxPending = 1000;
/** In bytes: the API server refuses more than 1024. */
const maxNote = 1000;

interface Series {
  readonly path: string;
  count: number;
  lastObservedAt: number;
}

/** The longest prefix of the text that fits and ends with a whole character. */
export const firstBytes = (text: string, count: number): string =>
  new TextDecoder().decode(Buffer.from(text).subarray(0, count), { stream: true });

/**
 * Writes events.k8s.io/v1 events; repeated events become a series. Events are for users: an event that cannot be
 * written is logged and never delays or fails a reconcile.
 */
export class EventRecorder {
  readonly #server: ApiServer;
  readonly #log: Logger;
  readonly #instance: string;
  readonly #series = new Map<string, Series>();
  #pending: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(server: ApiServer, instance: string, log: Logger) {
    this.#server = server;
    this.#instance = instance;
    this.#log = log;
  }

  emit(store: SessionStoreResource, event: StatusEvent): void {
    if (this.#waiting >= maxPending) {
      this.#log.warn({ reason: event.reason }, 'an event is dropped: too many events wait to be written');
      return;
    }
    this.#waiting += 1;
    this.#pending = this.#pending
      .then(() => this.#write(store, event, new Date()))
      .catch((error: unknown) => {
        // A namespace that is being deleted takes no event, which asks nothing of an administrator.
        const level = error instanceof ApiError && error.isNamespaceTerminating ? 'debug' : 'warn';
        this.#log[level]({ err: error, reason: event.reason }, 'an event could not be written');
      })
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  /** Resolves when every event that was emitted so far was written or dropped. */
  async drained(): Promise<void> {
    await this.#pending;
  }

  async #write(store: SessionStoreResource, event: StatusEvent, now: Date): Promise<void> {
    const identity = [store.metadata.uid, event.type, event.reason, event.action, event.note].join('\n');
    const known = this.#series.get(identity);
    const isRecent = known && now.getTime() - known.lastObservedAt < seriesMs;
    if (isRecent && (await this.#repeat(known, now))) return;
    const { metadata } = await this.#create(store, event, now);
    this.#forgetOld(now);
    const path = eventsPath(metadata.namespace, metadata.name);
    this.#series.set(identity, { path, count: 1, lastObservedAt: now.getTime() });
  }

  /** Increments the event's count; false if the event no longer exists. */
  async #repeat(known: Series, now: Date): Promise<boolean> {
    known.count += 1;
    known.lastObservedAt = now.getTime();
    const body = { series: { count: known.count, lastObservedTime: microTime(now) } };
    const contentType = 'application/merge-patch+json';
    try {
      await this.#server.request({ method: 'PATCH', path: known.path, body, contentType });
      return true;
    } catch (error) {
      if (isApiError(error, 404)) return false;
      throw error;
    }
  }

  #create({ metadata }: SessionStoreResource, event: StatusEvent, now: Date) {
    const { name, namespace, uid, resourceVersion } = metadata;
    return this.#server.request<{ metadata: { name: string; namespace: string } }>({
      method: 'POST',
      path: eventsPath(namespace),
      body: {
        metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
        eventTime: microTime(now),
        type: event.type,
        reason: event.reason,
        action: event.action,
        note: firstBytes(event.note, maxNote),
        regarding: { apiVersion, kind, name, namespace, uid, resourceVersion },
        reportingController: manager,
        reportingInstance: this.#instance.slice(0, 128),
      },
    });
  }

  #forgetOld(now: Date): void {
    if (this.#series.size < maxSeries) return;
    for (const [identity, { lastObservedAt }] of this.#series) {
      if (now.getTime() - lastObservedAt >= seriesMs) this.#series.delete(identity);
    }
    // With this many recent events, the oldest series may start again as a new event.
    const [oldest] = this.#series.keys();
    if (this.#series.size >= maxSeries && oldest !== undefined) this.#series.delete(oldest);
  }
}
