import type { FailureReason } from '../api/reasons.ts';

/**
 * Why a store could not do what it was asked: its reason decides exit code and condition, and its message (what was
 * expected, what was found, what to do) is shown to the user as it is. Never put a credential into it.
 */
export class StoreError extends Error {
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.reason = reason;
  }
}

/** An error from before the login: its message may quote a password that is stored as host, user name or database. */
export class ConnectError extends StoreError {}
