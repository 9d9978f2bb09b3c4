import { isPermanent, type Reason } from '../api/reasons.ts';
import type { LastRun } from '../api/status.ts';
import { type StoreState, tooManyFailures, tooManyIncomplete } from '../state/derive-state.ts';
import { beside, type Check, inUse, no, queuedMessage, unknown, yes } from './condition-check.ts';
import { fixedBySetup, otherLocationHint } from './fixed-by-setup.ts';

export const hasMissedRuns = ({ missedAt, observed: { now } }: StoreState): boolean =>
  missedAt !== undefined && missedAt <= now;

/** Waiting is not a failure until too many periods have passed. */
const queuedCleanup: Check = (state) => {
  const { active } = state.cleanup;
  if (!active?.isQueued) return undefined;
  const message = queuedMessage(active);
  return hasMissedRuns(state)
    ? no('Queued', `${message} Three scheduled periods in a row have passed without a run.`)
    : unknown('Queued', message);
};

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

export const cleanedUp: readonly Check[] = [
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
