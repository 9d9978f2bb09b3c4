import type { SessionStoreSpec } from './spec.ts';
import type { SessionStoreStatus } from './status.ts';

/** Maximum length of a spec, in characters of JSON. A large one has about 2,000. */
export const maxSpec = 8192;

/** What is read of an object's metadata. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A SessionStore as the API server returns it. */
export interface SessionStoreResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: SessionStoreSpec;
  /** Length of a spec that is too long to keep; `spec` then holds only its suspension. */
  readonly oversize?: number;
  readonly status?: SessionStoreStatus;
}
