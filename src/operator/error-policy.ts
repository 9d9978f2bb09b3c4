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
  /** True if no connection to the API server was made, so that every other key would fail as well. */
  readonly isUnreachable: boolean;
}

/** A request that timed out is not among them: a webhook of one namespace may have held it up. */
const unreachableCodes = new Set<unknown>([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

const isUnreachable = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && unreachableCodes.has(error.code);

/** Decides what an error means for the loop; no other code does. */
export function classify(error: unknown): ErrorClass {
  const usual = { retry: true, atLeastMs: 0, shouldLog: true, isUnreachable: isUnreachable(error) };
  if (!(error instanceof ApiError)) return { ...usual, label: 'unexpected' };
  if (error.isNamespaceTerminating)
    return { ...usual, label: 'namespace_terminating', retry: false, shouldLog: false };
  if (error.code === 409 || error.code === 404)
    return { ...usual, label: 'conflict', atLeastMs: 100, shouldLog: false };
  return { ...usual, label: 'api', atLeastMs: error.retryAfterMs ?? 0 };
}
