import { describeStore, effectiveCleanup } from '../api/effective.ts';
import { isPermanent, type Reason } from '../api/reasons.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { ConditionType, LastRun, SetupStatus } from '../api/status.ts';
import { conditionOf } from '../state/condition.ts';
import {
  isStalledBySetup,
  type StoreState,
  tooManyFailures,
  tooManyIncomplete,
} from '../state/derive-state.ts';
import type { Run } from '../state/job-run.ts';
import type { Task } from '../state/labels.ts';
import { claimProblem } from './claim-in-use.ts';
import { fixedBySetup, otherLocationHint, problemSinceSetup } from './fixed-by-setup.ts';
import { neighbourProblem } from './neighbour-problem.ts';

/** A condition without its time. */
export interface ConditionResult {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: Reason;
  readonly message: string;
}

/** A list of checks reads as the specification: the first check with a result gives the condition. */
type Check = (state: StoreState) => ConditionResult | false | undefined;

const first = (checks: readonly Check[], state: StoreState): ConditionResult | undefined => {
  for (const check of checks) {
    const result = check(state);
    if (result) return result;
  }
  return undefined;
};

const no = (reason: Reason, message: string): ConditionResult => ({ status: 'False', reason, message });
const yes = (reason: Reason, message: string): ConditionResult => ({ status: 'True', reason, message });
const unknown = (reason: Reason, message: string): ConditionResult => ({
  status: 'Unknown',
  reason,
  message,
});

const refused =
  (task: Task): Check =>
  ({ observed }) => {
    const refusal = observed.rejectedWrites?.find((candidate) => candidate.task === task);
    return refusal && no(refusal.reason, refusal.message);
  };

const inUse =
  (task: Task): Check =>
  ({ observed }) => {
    const problem = claimProblem(observed, task);
    return problem && no(problem.reason, problem.message);
  };

const beside =
  (task: Task): Check =>
  ({ observed }) => {
    const problem = neighbourProblem(observed, task);
    return problem && no(problem.reason, problem.message);
  };

const queuedMessage = ({ name }: Run): string =>
  `Job ${name} waits: another client suspended it, for example a queue such as Kueue or a policy. It ` +
  'starts when that client resumes it. Delete the Job if it will not be resumed.';

const queuedSetup: Check = ({ setup: { active } }) =>
  active?.run.isQueued && unknown('Queued', queuedMessage(active.run));

/** Waiting is not a failure until too many periods have passed. */
const queuedCleanup: Check = (state) => {
  const { active } = state.cleanup;
  if (!active?.isQueued) return undefined;
  const message = queuedMessage(active);
  return hasMissedRuns(state)
    ? no('Queued', `${message} Three scheduled periods in a row have passed without a run.`)
    : unknown('Queued', message);
};

const outcomes: Readonly<Record<string, string>> = {
  Created: 'created',
  Adopted: 'already existed, fits the layout and is used unchanged',
  Overwritten: 'was overwritten; its old content is deleted',
  Verified: 'exists and is unchanged since set-up',
};

const provisionedMessage = ({ spec }: SessionStoreResource, { outcome, notes = [] }: SetupStatus): string =>
  [`${describeStore(spec)} ${outcomes[outcome] ?? ''}`, ...notes].join('; ');

const provisioned: readonly Check[] = [
  refused('setup'),
  (state) => {
    const denied = state.isProvisioned ? problemSinceSetup(state) : undefined;
    return denied && no(denied.reason, `${denied.message}, as clean-up found at ${denied.finishedAt}`);
  },
  ({ observed, isProvisioned, setup: { last } }) =>
    isProvisioned &&
    last !== undefined &&
    yes(last.outcome === 'Adopted' ? 'Adopted' : 'Provisioned', provisionedMessage(observed.store, last)),
  ({ schedule, setup: { active } }) =>
    schedule?.ok === false &&
    !active &&
    no('InvalidSchedule', `${schedule.message}; set-up waits until the schedule is valid`),
  inUse('setup'),
  queuedSetup,
  beside('setup'),
  ({ setup: { active } }) => active?.run.problem && no(active.run.problem.reason, active.run.problem.message),
  ({ setup: { last }, isFailureOutdated }) =>
    last?.outcome === 'Failed' &&
    !isFailureOutdated &&
    no((last.reason ?? 'InternalError') as Reason, last.message ?? ''),
  ({ observed, setup: { active } }) =>
    observed.store.spec.suspend &&
    (!active || active.run.isSuspended) &&
    unknown('Suspended', 'spec.suspend: set-up has not run yet'),
  ({ setup: { active } }) =>
    unknown('Provisioning', active ? `set-up runs in Job ${active.run.name}` : 'set-up will run soon'),
];

const cleanupScheduled: readonly Check[] = [
  refused('cleanup'),
  ({ schedule }) => !schedule && no('NotRequested', 'spec has no cleanup: old sessions are kept'),
  ({ schedule }) => schedule?.ok === false && no('InvalidSchedule', schedule.message),
  ({ observed: { store, hasCronJob } }) => store.spec.suspend && !hasCronJob && unsolvedConflict(store),
  ({ observed: { store } }) => store.spec.suspend && no('Suspended', 'spec.suspend: no clean-up starts'),
  ({ observed: { store } }) =>
    store.spec.cleanup?.suspend && no('Suspended', 'cleanup.suspend: no clean-up starts'),
  ({ schedule, observed }) =>
    observed.hasCronJob &&
    schedule?.ok &&
    yes('Scheduled', `runs at "${schedule.cron}" (${effectiveCleanup(observed.store.spec)?.timeZone.value})`),
  ({ isProvisioned }) =>
    unknown('Provisioning', isProvisioned ? 'the CronJob will be created soon' : 'waits for set-up'),
];

/**
 * A suspended store is not checked again, so an earlier conflict stays: the CronJob of another owner may be running.
 */
function unsolvedConflict({ status }: SessionStoreResource): ConditionResult | false {
  const found = conditionOf(status, 'CleanupScheduled');
  return found?.reason === 'NameConflict' && no('NameConflict', found.message);
}

const hasMissedRuns = ({ missedAt, observed: { now } }: StoreState): boolean =>
  missedAt !== undefined && missedAt <= now;

const stillBehind = (runs: number, { message }: LastRun): string =>
  `${runs} runs in a row stopped at their time limit before they had checked the whole store: let ` +
  'clean-up run more often (cleanup.schedule) or faster (cleanup.pace: full), unless it still works ' +
  `through a first backlog; the last run: ${message}`;

const missedRuns: Check = (state) =>
  hasMissedRuns(state) &&
  no('RunsMissed', `three scheduled periods in a row have passed without a run: ${whyMissed(state)}`);

/** The known cause of missed runs. */
const whyMissed = ({ cleanup: { active }, jobCreateError }: StoreState): string =>
  (active?.isOverdue ? active.problem?.message : jobCreateError) ?? 'see the events of the CronJob';

const failedRun =
  (isMeant: (reason: string) => boolean): Check =>
  (state) => {
    const { lastRun, failures } = state.cleanup;
    const reason = (lastRun?.reason ?? 'InternalError') as Reason;
    if (lastRun?.outcome !== 'Failed' || !isMeant(reason)) return undefined;
    const how = fixedBySetup(state);
    if (how === undefined) return no(reason, lastRun.message + otherLocationHint(state));
    if (failures >= tooManyFailures)
      return no(reason, `${lastRun.message}; ${how}, but ${failures} runs in a row have failed`);
    return hasMissedRuns(state) ? undefined : unknown('AwaitingFirstRun', how);
  };

const cleanedUp: readonly Check[] = [
  inUse('cleanup'),
  (state) => state.cleanup.active?.isOverdue && missedRuns(state),
  beside('cleanup'),
  ({ cleanup: { active } }) => active?.problem && no(active.problem.reason, active.problem.message),
  failedRun(isPermanent),
  (state) => hasMissedRuns(state) && queuedCleanup(state),
  missedRuns,
  ({ jobCreateError }) => jobCreateError !== undefined && no('JobRefused', jobCreateError),
  // A failure that may pass by itself is less important than runs that do not start.
  failedRun(() => true),
  queuedCleanup,
  ({ cleanup: { lastRun } }) => !lastRun && unknown('AwaitingFirstRun', 'no run has finished yet'),
  ({ cleanup: { lastRun, incompleteRuns } }) =>
    lastRun?.outcome === 'Incomplete' &&
    incompleteRuns >= tooManyIncomplete &&
    no('StillBehind', stillBehind(incompleteRuns, lastRun)),
  ({ cleanup: { lastRun } }) => lastRun?.outcome === 'Incomplete' && no('Incomplete', lastRun.message),
  ({ cleanup: { lastRun } }) =>
    lastRun?.reason === 'ResultMissing' && unknown('ResultMissing', lastRun.message),
  ({ cleanup: { lastRun } }) => lastRun?.dryRun && no('WouldCleanUp', lastRun.message),
  // The store is not clean, and later runs do not change that: a user has to act. The store still works, so Ready
  // stays.
  ({ cleanup: { lastRun } }) => lastRun?.undeletable && no('SomeUndeletable', lastRun.message),
  ({ cleanup: { lastRun } }) => yes('CleanedUp', lastRun?.message ?? ''),
];

type ConditionResults = Readonly<Record<'Provisioned' | 'CleanupScheduled', ConditionResult>> & {
  readonly CleanedUp?: ConditionResult;
};

function readyOf(state: StoreState, results: ConditionResults): ConditionResult {
  const { Provisioned, CleanupScheduled, CleanedUp } = results;
  if (Provisioned.status !== 'True') return Provisioned;
  const isMeant = CleanupScheduled.reason === 'NotRequested' || CleanupScheduled.reason === 'Suspended';
  if (CleanupScheduled.status !== 'True' && !isMeant) return CleanupScheduled;
  if (CleanedUp?.status === 'False' && takesReadyAway(state, CleanedUp)) return CleanedUp;
  return yes(
    'Ready',
    `${Provisioned.message}; clean-up: ${CleanedUp ? CleanupScheduled.message : 'not requested'}`,
  );
}

/** Reasons that prevent runs and take Ready away after too many missed runs. */
const waits = new Set<Reason>(['RunsMissed', 'InUse', 'Queued']);

const takesReadyAway = (state: StoreState, { reason }: ConditionResult): boolean =>
  isPermanent(reason) ||
  (waits.has(reason) && hasMissedRuns(state)) ||
  state.cleanup.failures >= tooManyFailures;

/** Errors in the spec, and conflicts with other owners' objects: only a user can fix them. */
const forPerson = new Set<Reason>([
  'InvalidSchedule',
  'NameConflict',
  'InvalidSpec',
  'ApiError',
  'Contested',
]);

function stalledOf(state: StoreState, ready: ConditionResult): ConditionResult | undefined {
  if (ready.status !== 'False') return undefined;
  // Set-up creates the store again by itself, or already has.
  const isBeingMade = state.setup.active !== undefined || state.setupDue !== undefined;
  if (ready.reason === 'StoreMissing' && (isBeingMade || fixedBySetup(state) !== undefined)) return undefined;
  const isStalled =
    forPerson.has(ready.reason) ||
    (isPermanent(ready.reason) && (isStalledBySetup(state) || state.isProvisioned));
  return isStalled ? yes(ready.reason, ready.message) : undefined;
}

/** Progress towards Ready; or, if the store is Ready, a new verification, for example with another Secret. */
function reconcilingOf(state: StoreState, ready: ConditionResult): ConditionResult | undefined {
  if (ready.status !== 'True')
    return ready.reason === 'Suspended' ? undefined : yes(ready.reason, ready.message);
  const { setup, setupDue, observed } = state;
  if (observed.store.spec.suspend) return undefined;
  const run = setup.active?.run;
  const problem = neighbourProblem(observed, 'setup') ?? run?.problem ?? claimProblem(observed, 'setup');
  if (problem) return yes(problem.reason, problem.message);
  if (run?.isQueued) return yes('Queued', queuedMessage(run));
  if (run) return yes('Provisioning', `set-up runs again in Job ${run.name}`);
  return setupDue === undefined ? undefined : yes('Provisioning', `set-up will run again soon: ${setupDue}`);
}

/** Every condition that holds now; abnormal conditions exist only while they are true (kstatus). */
export function conditionResults(
  state: StoreState,
): Readonly<Partial<Record<ConditionType, ConditionResult>>> {
  const fallback = unknown('Provisioning', 'not reconciled yet');
  const { store } = state.observed;
  const results: ConditionResults = {
    Provisioned: first(provisioned, state) ?? fallback,
    CleanupScheduled: first(cleanupScheduled, state) ?? fallback,
    ...(store.spec.cleanup && { CleanedUp: first(cleanedUp, state) ?? fallback }),
  };
  const ready = readyOf(state, results);
  const stalled = stalledOf(state, ready);
  const reconciling = stalled ? undefined : reconcilingOf(state, ready);
  return {
    Ready: ready,
    ...results,
    ...(reconciling && { Reconciling: reconciling }),
    ...(stalled && { Stalled: stalled }),
    ...(store.spec.suspend && {
      Suspended: yes('Suspended', 'spec.suspend: the operator does not change this store'),
    }),
  };
}
