import type { Metadata } from './kubernetes.ts';
import type { SessionStoreSpec } from './spec.ts';
import type { SessionStoreStatus } from './status.ts';

/** Maximum length of a spec, in characters of JSON. A large one has about 2,000. */
export const maxSpec = 8192;

/** A SessionStore as the API server returns it. */
export interface SessionStoreResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata & { readonly generation: number };
  readonly spec: SessionStoreSpec;
  /** Length of a spec that is too long to keep; `spec` then holds only its suspension. */
  readonly oversize?: number;
  readonly status?: SessionStoreStatus;
  /** True in a cache, of a store that is longer than usual: `spec` holds its suspension, `status` what metrics read. */
  readonly isShortened?: true;
  /** In a cache: `status.cleanup.history` as JSON, which takes less memory than its objects. */
  readonly historyText?: string;
}
