import type { Pod } from '../../api/kubernetes.ts';
import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { conditionOf } from '../../state/condition.ts';
import { type Run, runOf } from '../../state/job-run.ts';
import type { Task } from '../../state/labels.ts';
import type { ObservedJob } from '../../state/observed.ts';
import { runnerOf } from '../../state/pod-end.ts';
import type { Problem } from '../../state/problem.ts';
import { lastSeen } from '../../state/times.ts';
import { ageOf } from '../age.ts';
import { readinessOf } from '../status/readiness.ts';
import { newestPod, newestRun, runInFocus, warningsInFocus } from './focus.ts';
import { type Step, step } from './step.ts';
import type { StoreFacts } from './store-facts.ts';

const names: Readonly<Record<Task, string>> = { setup: 'Set-up Job', cleanup: 'Clean-up Job' };

const isProvisioned = (store: SessionStoreResource): boolean =>
  conditionOf(store.status, 'Provisioned')?.status === 'True';

const waitsForSchedule = (store: SessionStoreResource): boolean =>
  conditionOf(store.status, 'Provisioned')?.reason === 'InvalidSchedule';

function withoutJob({ store, now }: StoreFacts, task: Task): Step {
  const { setup } = store.status ?? {};
  const name = names[task];
  if (task === 'cleanup') return step(name, 'fact', 'no run has started yet, or none is kept');
  if (setup && isProvisioned(store))
    return step(
      name,
      'ok',
      `no Job is kept; status says: ${setup.outcome} ${ageOf(setup.finishedAt, now)} ago`,
    );
  if (store.spec.suspend) return step(name, 'fact', 'not created while the store is suspended');
  if (waitsForSchedule(store)) return step(name, 'fact', 'not created while the schedule is invalid');
  return step(name, 'bad', 'no Job exists: the operator has created none, or another client deleted it');
}

/** A problem in words; its message is left out where the step before has said it. */
const problemText = ({ reason, message }: Problem, said: string): string =>
  said.includes(message) ? reason : `${reason}: ${message}`;

function stateText(run: Run, { store, now }: StoreFacts): string {
  const { name, state, problem, startedAt, finishedAt, isSuspended } = run;
  const why = problem ? `: ${problemText(problem, readinessOf(store).message)}` : '';
  if (state === 'active') {
    const since = startedAt ? `runs since ${ageOf(startedAt, now)}` : 'has not started';
    return `${name} ${isSuspended ? 'is suspended' : since}${why}`;
  }
  return `${name} ${state}${finishedAt ? ` ${ageOf(finishedAt, now)} ago` : ''}${why}`;
}

/** The newest Job of a task, judged as the operator judges it. */
export function jobStep(facts: StoreFacts, task: Task): Step {
  if (facts.jobs.state === 'refused') return step(names[task], 'skipped', facts.jobs.why);
  const observed = newestRun(facts, task);
  if (!observed) return withoutJob(facts, task);
  const run = runOf(observed);
  const verdict = run.state === 'failed' || run.problem ? 'bad' : 'ok';
  return step(names[task], verdict, stateText(run, facts));
}

export function cronJobStep({ cronJob, store, now }: StoreFacts): readonly Step[] {
  if (!cronJob) return [];
  const name = 'CronJob';
  if (cronJob.state === 'refused') return [step(name, 'skipped', cronJob.why)];
  if (cronJob.state === 'absent')
    return [
      isProvisioned(store)
        ? step(name, 'bad', 'it does not exist, although set-up has finished')
        : step(name, 'fact', 'the operator creates it after set-up'),
    ];
  const { metadata, spec, status } = cronJob.value;
  const isMeant = store.spec.suspend || store.spec.cleanup?.suspend;
  if (spec.suspend && !isMeant)
    return [step(name, 'bad', `${metadata.name} is suspended, and the spec does not ask for that`)];
  const last = status?.lastScheduleTime
    ? `last started ${ageOf(status.lastScheduleTime, now)} ago`
    : 'never started yet';
  return [
    step(
      name,
      'ok',
      `${metadata.name} at "${spec.schedule}", ${spec.suspend ? 'suspended by the spec' : last}`,
    ),
  ];
}

/** The newest pod of the run in focus. */
export function podStep(facts: StoreFacts): Step {
  for (const needed of [facts.jobs, facts.pods])
    if (needed.state === 'refused') return step('Pod', 'skipped', needed.why);
  const observed = runInFocus(facts);
  const pod = newestPod(observed);
  if (!observed || !pod) return withoutPod(observed);
  const { problem } = runOf({ ...observed, pods: [pod] });
  const exitCode = runnerOf(pod)?.state?.terminated?.exitCode ?? 0;
  const said = runOf(observed).problem?.message ?? '';
  const lines = [podText(pod), ...(problem ? [problemText(problem, said)] : [])];
  return step('Pod', problem || exitCode !== 0 ? 'bad' : 'ok', lines);
}

function withoutPod(observed: ObservedJob | undefined): Step {
  const run = observed && runOf(observed);
  if (run?.state === 'active' && !run.isSuspended) return step('Pod', 'bad', 'the Job has no pod');
  return step('Pod', 'fact', 'no pod is kept');
}

function podText(pod: Pod): string {
  const { terminated, waiting } = runnerOf(pod)?.state ?? {};
  return [
    `${pod.metadata.name}: ${pod.status?.phase ?? 'unknown'}`,
    pod.spec?.nodeName ? `on node ${pod.spec.nodeName}` : 'on no node',
    ...(terminated ? [`exit code ${terminated.exitCode}`] : []),
    ...(waiting?.reason ? [`waits: ${waiting.reason}`] : []),
  ].join(', ');
}

const shownEvents = 4;

export function eventsStep(facts: StoreFacts, isReady: boolean): Step {
  const { events, now } = facts;
  if (events.state === 'refused') return step('Events', 'skipped', events.why);
  const warnings = warningsInFocus(facts).slice(0, shownEvents);
  if (warnings.length === 0)
    return step(
      'Events',
      'ok',
      'no further warning about the store and its run (Kubernetes keeps events for an hour)',
    );
  const lines = warnings.map((event) => {
    const { kind, name } = event.involvedObject;
    const age = ageOf(new Date(lastSeen(event)).toISOString(), now);
    return `${age} ago, ${kind} ${name}: ${event.reason}: ${event.message}`;
  });
  return step('Events', isReady ? 'fact' : 'bad', lines);
}
