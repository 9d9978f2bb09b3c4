import { runOf } from '../state/job-run.ts';
import type { Task } from '../state/labels.ts';
import { neighboursOf } from '../state/neighbours.ts';
import type { Observed, ObservedJob } from '../state/observed.ts';
import type { Problem } from '../state/problem.ts';

const jobsOf = ({ setupJobs, cleanupJobs }: Observed, task: Task): readonly ObservedJob[] =>
  task === 'setup' ? setupJobs : cleanupJobs;

/** The run of the task that fits on no node because it needs the node of other pods. */
function unscheduled(observed: Observed, task: Task) {
  const neighbours = neighboursOf(observed.store.spec, task);
  const run =
    neighbours &&
    jobsOf(observed, task)
      .map(runOf)
      .findLast(({ state }) => state === 'active');
  return run?.problem?.reason === 'PodUnschedulable'
    ? { ...neighbours, run, said: run.problem.message }
    : undefined;
}

/** The labels of the pods that must be listed, because a run that needs their node finds no node. */
export function awaitedNeighbours(observed: Observed): Readonly<Record<string, string>> | undefined {
  return (unscheduled(observed, 'setup') ?? unscheduled(observed, 'cleanup'))?.labels;
}

/**
 * The reason why a run finds no node with the pods that it needs: there are no such pods, or the run does not fit on
 * their nodes.
 */
export function neighbourProblem(observed: Observed, task: Task): Problem | undefined {
  const waiting = unscheduled(observed, task);
  if (!waiting?.labels || !observed.neighbours) return undefined;
  const { labels, run, said } = waiting;
  const wanted = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
  const [name] = observed.neighbours;
  const found =
    name === undefined
      ? `no pod with these labels runs; Job ${run.name} waits for one until its deadline: scale the application up`
      : `found ${observed.neighbours.length}, for example ${name}, but Job ${run.name} fits on none of their nodes`;
  return {
    reason: 'PodUnschedulable',
    message: `Expected a node with a pod that has the labels ${wanted} (colocateWith); ${found}. ${said}`,
  };
}
