import { ApiError } from '../kube/api-error.ts';

/** Number of failures in a row that indicates a lasting error: about five seconds of the queue's back-off. */
export const lastingFailures = 10;

/** The consequences of a failed reconcile for its key. */
export interface ErrorClass {
  readonly label: 'conflict' | 'namespace_terminating' | 'api' | 'unexpected';
  /** True if the key is retried, and the earliest time of the retry. */
  readonly retry: boolean;
  readonly atLeastMs: number;
  /** True if the error should be logged; a conflict is normal. */
  readonly shouldLog: boolean;
}

/** Decides what an error means for the loop; no other code does. */
export function classify(error: unknown): ErrorClass {
  if (!(error instanceof ApiError))
    return { label: 'unexpected', retry: true, atLeastMs: 0, shouldLog: true };
  if (error.isNamespaceTerminating)
    return { label: 'namespace_terminating', retry: false, atLeastMs: 0, shouldLog: false };
  if (error.code === 409 || error.code === 404)
    return { label: 'conflict', retry: true, atLeastMs: 100, shouldLog: false };
  return { label: 'api', retry: true, atLeastMs: error.retryAfterMs ?? 0, shouldLog: true };
}
