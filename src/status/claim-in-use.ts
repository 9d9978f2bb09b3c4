import { waitsForClaim } from '../state/exclusive-claim.ts';
import { exclusiveClaimAnnotation, type Task } from '../state/labels.ts';
import type { Observed } from '../state/observed.ts';
import type { Problem } from '../state/problem.ts';

const sentences: Readonly<Record<Task, { readonly why: string; readonly otherwise: string }>> = {
  setup: {
    why: 'setup.migrate changes the form of a store only while no application uses it',
    otherwise: 'or leave setup.migrate out if there is nothing to migrate',
  },
  cleanup: {
    why: 'whileInUse is Refuse',
    otherwise:
      'set whileInUse: Tolerate where the store supports it, or use the class of form: Safe in the application',
  },
};

function listed(pods: readonly string[]): string {
  const more = pods.length > 3 ? ` and ${pods.length - 3} more` : '';
  return pods.slice(0, 3).join(', ') + more;
}

/** The pods that keep a Job of the task from starting; undefined if no Job waits for its claim, or no pod mounts it. */
export function claimProblem(
  { setupJobs, cleanupJobs, podsOnClaim = [] }: Observed,
  task: Task,
): Problem | undefined {
  const waiting = (task === 'setup' ? setupJobs : cleanupJobs).findLast(waitsForClaim);
  if (!waiting || podsOnClaim.length === 0) return undefined;
  const { name, annotations = {} } = waiting.job.metadata;
  const { why, otherwise } = sentences[task];
  return {
    reason: 'InUse',
    message:
      `Expected no other pod to mount claim ${annotations[exclusiveClaimAnnotation]}, as ${why}; found ${listed(podsOnClaim)}. ` +
      `Job ${name} waits: scale the application down until it has run, ${otherwise}.`,
  };
}
