import { ApiError } from '../kube/api-error.ts';

/** So many failures in a row are no passing trouble: about five seconds of the queue's back-off. */
export const lastingFailures = 10;

/** What becomes of a key whose round failed. */
export interface Verdict {
  readonly label: 'conflict' | 'namespace_terminating' | 'api' | 'unexpected';
  /** Whether it is tried again, and at the earliest when. */
  readonly retry: boolean;
  readonly atLeastMs: number;
  /** Whether somebody should read of it: a conflict is everyday business. */
  readonly isNews: boolean;
}

/** The one place that decides what an error means for the loop. */
export function verdictOn(error: unknown): Verdict {
  if (!(error instanceof ApiError)) return { label: 'unexpected', retry: true, atLeastMs: 0, isNews: true };
  if (error.isNamespaceTerminating)
    return { label: 'namespace_terminating', retry: false, atLeastMs: 0, isNews: false };
  if (error.code === 409 || error.code === 404)
    return { label: 'conflict', retry: true, atLeastMs: 100, isNews: false };
  return { label: 'api', retry: true, atLeastMs: error.retryAfterMs ?? 0, isNews: true };
}
