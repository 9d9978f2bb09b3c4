import type { KubeEvent } from '../api/kubernetes.ts';
import { lastSeen } from '../state/times.ts';

const maxObjects = 2000;

/** The latest warnings about CronJobs, Jobs and Pods, of a few kinds and bounded: the oldest are dropped first. */
export class Warnings {
  readonly #byObject = new Map<string, Map<string, KubeEvent>>();

  about(uid: string): readonly KubeEvent[] {
    return [...(this.#byObject.get(uid)?.values() ?? [])];
  }

  put(event: KubeEvent): void {
    const uid = event.involvedObject.uid;
    if (uid === undefined) return;
    const ofObject = this.#byObject.get(uid) ?? new Map<string, KubeEvent>();
    const reason = event.reason ?? '';
    const known = ofObject.get(reason);
    // A list has no order.
    if (known && lastSeen(known) > lastSeen(event)) return;
    // Inserting the warning again makes it the last to be dropped.
    this.#byObject.delete(uid);
    this.#byObject.set(uid, ofObject.set(reason, event));
    const oldest = this.#byObject.keys().next().value;
    if (this.#byObject.size > maxObjects && oldest !== undefined) this.#byObject.delete(oldest);
  }
}
