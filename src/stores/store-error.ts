import type { FailureReason } from '../api/reasons.ts';

/**
 * The error of a store operation. Its reason decides exit code and condition, and the user sees its message (expected,
 * found, remedy) unchanged. Never put a credential into it.
 */
export class StoreError extends Error {
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.reason = reason;
  }
}

/** True if the store itself refuses; false if its server is gone, and for an error of this program. */
export const isRefusal = (error: unknown): error is StoreError =>
  error instanceof StoreError && error.reason !== 'ConnectionFailed' && error.reason !== 'ServerUnavailable';

/** An error from before the login: its message may quote a password that is stored as host, user name or database. */
export class ConnectError extends StoreError {}
