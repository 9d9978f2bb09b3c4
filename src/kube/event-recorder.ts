import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { apiVersion, kind } from '../api/group.ts';
import type { SessionStoreResource } from '../api/session-store.ts';
import { manager } from '../desired/labels.ts';
import type { StatusEvent } from '../status/events-of.ts';
import type { ApiServer } from './api-server.ts';

/** The same news within this time is one event with a count. */
const seriesMs = 6 * 60_000;
const maxKnown = 4096;
const maxNote = 1000;

interface Known {
  readonly path: string;
  count: number;
  heardAt: number;
}

/** RFC 3339 with the six digits that the API server demands of a MicroTime. */
const microTime = (date: Date): string => date.toISOString().replace('Z', '000Z');

/**
 * Writes events.k8s.io/v1 events, repeated news as a series. Events are for people: one that cannot be written is logged
 * and never holds up or fails a reconcile.
 */
export class EventRecorder {
  readonly #server: ApiServer;
  readonly #log: Logger;
  readonly #instance: string;
  readonly #known = new Map<string, Known>();
  #pending: Promise<void> = Promise.resolve();

  constructor(server: ApiServer, instance: string, log: Logger) {
    this.#server = server;
    this.#instance = instance;
    this.#log = log;
  }

  emit(store: SessionStoreResource, event: StatusEvent): void {
    this.#pending = this.#pending
      .then(() => this.#write(store, event, new Date()))
      .catch((error: unknown) =>
        this.#log.warn({ err: error, reason: event.reason }, 'an event could not be written'),
      );
  }

  /** When everything emitted so far was written, or given up. */
  async drained(): Promise<void> {
    await this.#pending;
  }

  async #write(store: SessionStoreResource, event: StatusEvent, now: Date): Promise<void> {
    const identity = [store.metadata.uid, event.type, event.reason, event.action, event.note].join('\n');
    const known = this.#known.get(identity);
    if (known && now.getTime() - known.heardAt < seriesMs) return this.#repeat(known, now);
    const { metadata } = await this.#create(store, event, now);
    this.#forgetOld(now);
    const path = `/apis/events.k8s.io/v1/namespaces/${metadata.namespace}/events/${metadata.name}`;
    this.#known.set(identity, { path, count: 1, heardAt: now.getTime() });
  }

  async #repeat(known: Known, now: Date): Promise<void> {
    known.count += 1;
    known.heardAt = now.getTime();
    const body = { series: { count: known.count, lastObservedTime: microTime(now) } };
    await this.#server.request({
      method: 'PATCH',
      path: known.path,
      body,
      contentType: 'application/merge-patch+json',
    });
  }

  #create({ metadata }: SessionStoreResource, event: StatusEvent, now: Date) {
    const { name, namespace, uid, resourceVersion } = metadata;
    return this.#server.request<{ metadata: { name: string; namespace: string } }>({
      method: 'POST',
      path: `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
      body: {
        metadata: { name: `${name}.${randomBytes(8).toString('hex')}`, namespace },
        eventTime: microTime(now),
        type: event.type,
        reason: event.reason,
        action: event.action,
        note: event.note.slice(0, maxNote),
        regarding: { apiVersion, kind, name, namespace, uid, resourceVersion },
        reportingController: manager,
        reportingInstance: this.#instance.slice(0, 128),
      },
    });
  }

  #forgetOld(now: Date): void {
    if (this.#known.size < maxKnown) return;
    for (const [identity, { heardAt }] of this.#known) {
      if (now.getTime() - heardAt >= seriesMs) this.#known.delete(identity);
    }
  }
}
