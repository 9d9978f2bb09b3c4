import type { Reason } from '../api/reasons.ts';
import type { StoreState } from '../state/derive-state.ts';
import type { Run } from '../state/job-run.ts';
import type { Task } from '../state/labels.ts';
import type { Observed } from '../state/observed.ts';
import type { Problem } from '../state/problem.ts';
import { claimProblem } from './claim-in-use.ts';
import { neighbourProblem } from './neighbour-problem.ts';

/** A condition without its time. */
export interface ConditionResult {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: Reason;
  readonly message: string;
}

/** A list of checks reads as the specification: the first check with a result gives the condition. */
export type Check = (state: StoreState) => ConditionResult | false | undefined;

export const first = (checks: readonly Check[], state: StoreState): ConditionResult | undefined => {
  for (const check of checks) {
    const result = check(state);
    if (result) return result;
  }
  return undefined;
};

export const no = (reason: Reason, message: string): ConditionResult => ({
  status: 'False',
  reason,
  message,
});
export const yes = (reason: Reason, message: string): ConditionResult => ({
  status: 'True',
  reason,
  message,
});
export const unknown = (reason: Reason, message: string): ConditionResult => ({
  status: 'Unknown',
  reason,
  message,
});

/** A check for each task, of a problem that is looked for in what was observed. */
const checkFor =
  (problemIn: (observed: Observed, task: Task) => Problem | undefined) =>
  (task: Task): Check =>
  ({ observed }) => {
    const problem = problemIn(observed, task);
    return problem && no(problem.reason, problem.message);
  };

export const refused = checkFor(({ rejectedWrites }, task) =>
  rejectedWrites?.find((rejected) => rejected.task === task),
);
export const inUse = checkFor(claimProblem);
export const beside = checkFor(neighbourProblem);

export const queuedMessage = ({ name }: Run): string =>
  `Job ${name} waits: another client suspended it, for example a queue such as Kueue or a policy. It ` +
  'starts when that client resumes it. Delete the Job if it will not be resumed.';
