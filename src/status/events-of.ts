import type { Reason } from '../api/reasons.ts';
import type { Condition, LastRun, SessionStoreStatus } from '../api/status.ts';
import type { StatusEvent } from '../api/status-event.ts';
import type { Action } from '../desired/action.ts';
import { conditionOf } from '../state/condition.ts';
import { tooManyIncomplete } from '../state/derive-state.ts';
import { templateAnnotation } from '../state/labels.ts';
import type { Observed } from '../state/observed.ts';
import { isPreflightReason } from '../state/preflight.ts';
import { runnerImageOf } from '../state/runner-image.ts';

const actions = { Provisioned: 'SetUp', CleanupScheduled: 'Schedule' } as const;
const meant = new Set(['NotRequested', 'Suspended', 'Provisioning', 'Scheduled']);

type WatchedCondition = keyof typeof actions;

/** True if another event already reports this: setupEvent, or the event of the run that found it. */
const isToldOtherwise = ({ status, reason }: Condition, { cleanup, setup }: SessionStoreStatus): boolean =>
  status === 'True' || (setup?.outcome !== 'Failed' && reason === cleanup?.lastRun?.reason);

function conditionEvent(
  type: WatchedCondition,
  before: SessionStoreStatus,
  after: SessionStoreStatus,
): readonly StatusEvent[] {
  const [was, is] = [before, after].map((status) => conditionOf(status, type));
  if (!is || (was?.status === is.status && was.reason === is.reason)) return [];
  if (type === 'Provisioned' && isToldOtherwise(is, after)) return [];
  const isWarning = is.status === 'False' && !meant.has(is.reason);
  if (is.status === 'Unknown' && was === undefined && type !== 'Provisioned') return [];
  return [
    {
      type: isWarning ? 'Warning' : 'Normal',
      reason: is.reason as Reason,
      action: actions[type],
      note: is.message,
    },
  ];
}

/** The event of a successful set-up. A Warning if the table was emptied or had to be created again. */
function setupEvent(before: SessionStoreStatus, after: SessionStoreStatus): readonly StatusEvent[] {
  const { setup } = after;
  const found = conditionOf(after, 'Provisioned');
  if (found?.status !== 'True' || !setup || setup.jobUid === before.setup?.jobUid) return [];
  const isLoss =
    setup.outcome === 'Overwritten' ||
    (setup.outcome === 'Created' && before.setup?.hash === setup.hash && before.setup.outcome !== 'Failed');
  return [
    {
      type: isLoss ? 'Warning' : 'Normal',
      reason: found.reason as Reason,
      action: 'SetUp',
      note: found.message,
    },
  ];
}

/** The last run, if it is a new one. */
function newRun(before: SessionStoreStatus, { cleanup }: SessionStoreStatus): readonly LastRun[] {
  const run = cleanup?.lastRun;
  return run && run.jobName !== before.cleanup?.lastRun?.jobName ? [run] : [];
}

function reasonOf({ outcome, reason, dryRun }: LastRun): string {
  if (outcome === 'Failed') return reason ?? 'InternalError';
  if (dryRun) return 'WouldCleanUp';
  return outcome === 'Incomplete' ? 'Incomplete' : (reason ?? 'CleanedUp');
}

const runEvent = (run: LastRun): StatusEvent => ({
  type: run.outcome === 'Failed' ? 'Warning' : 'Normal',
  reason: reasonOf(run) as Reason,
  action: 'CleanUp',
  note: `${run.jobName}: ${run.message}`,
});

/** Reasons of CleanedUp that cause one Warning when they appear, and no further one while they stay. */
const onceReasons = [
  'InUse',
  'JobRefused',
  'StillBehind',
  'SomeUndeletable',
  'JobNotEnding',
  'RunsMissed',
] as const;

/** True if an earlier run had the same result; the condition may have had another reason in between. */
function isOld(reason: (typeof onceReasons)[number], { cleanup }: SessionStoreStatus): boolean {
  if (reason === 'SomeUndeletable') return cleanup?.lastRun?.undeletable !== undefined;
  return reason === 'StillBehind' && (cleanup?.incompleteRuns ?? 0) >= tooManyIncomplete;
}

function onceEvents(before: SessionStoreStatus, after: SessionStoreStatus): readonly StatusEvent[] {
  const [was, is] = [before, after].map((status) => conditionOf(status, 'CleanedUp'));
  const reason = onceReasons.find((candidate) => candidate === is?.reason);
  if (!is || !reason || was?.reason === reason || isOld(reason, before)) return [];
  return [{ type: 'Warning', reason, action: 'CleanUp', note: is.message }];
}

function preflightEvent(before: SessionStoreStatus, after: SessionStoreStatus): readonly StatusEvent[] {
  const found = after.conditions?.find(({ reason }) => isPreflightReason(reason));
  if (!found || before.conditions?.some(({ reason }) => reason === found.reason)) return [];
  return [{ type: 'Warning', reason: found.reason as Reason, action: 'Read', note: found.message }];
}

/**
 * Events for a change from one status to the next; empty without a change. Several runs may have ended in between, of
 * which status keeps only the last.
 */
export function eventsOf(
  before: SessionStoreStatus | undefined,
  after: SessionStoreStatus,
  ended: readonly LastRun[] = newRun(before ?? {}, after),
): readonly StatusEvent[] {
  const previous = before ?? {};
  return [
    ...conditionEvent('Provisioned', previous, after),
    ...setupEvent(previous, after),
    ...conditionEvent('CleanupScheduled', previous, after),
    ...onceEvents(previous, after),
    ...ended.map(runEvent),
    ...preflightEvent(previous, after),
  ];
}

const correction = (note: string): StatusEvent => ({
  type: 'Normal',
  reason: 'Corrected',
  action: 'Schedule',
  note,
});

/** False if the operator would now create other Jobs, for example because it was restarted with other labels. */
const isMadeAsNow = ({ observed, cronJob }: Extract<Action, { kind: 'applyCronJob' }>): boolean =>
  observed.metadata.annotations?.[templateAnnotation] === cronJob.metadata.annotations[templateAnnotation];

/**
 * Events for a CronJob that another client changed or deleted; empty if the spec or the operator's image caused the
 * change.
 */
export function correctionsOf(
  { store, options }: Observed,
  actions: readonly Action[],
): readonly StatusEvent[] {
  const { status, metadata } = store;
  if (status?.observedGeneration !== metadata.generation) return [];
  const wasScheduled = conditionOf(status, 'CleanupScheduled')?.status === 'True';
  return actions.flatMap((action): readonly StatusEvent[] => {
    if (action.kind === 'createCronJob' && wasScheduled)
      return [correction('the CronJob was deleted and is created again')];
    if (action.kind === 'deleteCronJob') return [correction(`the CronJob is created again: ${action.why}`)];
    const isEdited =
      action.kind === 'applyCronJob' &&
      JSON.stringify(action.observed.spec).includes(runnerImageOf(store.spec, options)) &&
      isMadeAsNow(action);
    return isEdited ? [correction('the CronJob was changed and is changed back')] : [];
  });
}
