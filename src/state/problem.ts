import type { FailureReason, OperatorReason } from '../api/reasons.ts';

/** The reason why a run does not continue, or why it ended. */
export interface Problem {
  readonly reason: FailureReason | OperatorReason;
  readonly message: string;
}
