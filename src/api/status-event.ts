import type { Reason } from './reasons.ts';

/** An event to emit after the status that it tells of was written. */
export interface StatusEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: Reason;
  /** What the operator was doing, one PascalCase word. */
  readonly action: 'SetUp' | 'CleanUp' | 'Schedule' | 'Read';
  readonly note: string;
}
