import type { Reason } from './reasons.ts';

/** An event to emit after the status that contains its change was written. */
export interface StatusEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: Reason;
  /** The operator's activity, as one PascalCase word. */
  readonly action: 'SetUp' | 'CleanUp' | 'Schedule' | 'Read';
  readonly note: string;
}
