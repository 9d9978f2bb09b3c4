import { isPermanent, type Reason } from '../api/reasons.ts';
import type { ConditionType } from '../api/status.ts';
import { isStalledBySetup, type StoreState, tooManyFailures } from '../state/derive-state.ts';
import { claimProblem } from './claim-in-use.ts';
import { cleanedUp, hasMissedRuns } from './cleaned-up.ts';
import { cleanupScheduled } from './cleanup-scheduled.ts';
import { type ConditionResult, first, queuedMessage, unknown, yes } from './condition-check.ts';
import { fixedBySetup } from './fixed-by-setup.ts';
import { neighbourProblem } from './neighbour-problem.ts';
import { provisioned } from './provisioned.ts';

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
