import { describeStore, effectiveCleanup } from '../api/effective.ts';
import { isPermanent, type Reason } from '../api/reasons.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { ConditionType, LastRun, SetupStatus } from '../api/status.ts';
import {
  type Assessment,
  isStalledBySetup,
  tooManyFailures,
  tooManyIncomplete,
} from '../state/derive-state.ts';
import type { Run } from '../state/job-run.ts';
import type { Task } from '../state/labels.ts';
import { besideNobody } from './beside.ts';
import { claimInUse } from './claim-in-use.ts';
import { deniedSince, elsewhere, mendedSince } from './mended.ts';

/** A condition before it has a time. */
export interface Finding {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: Reason;
  readonly message: string;
}

/** A list of checks reads as the specification: the first that answers is the condition. */
type Check = (assessment: Assessment) => Finding | false | undefined;

const first = (checks: readonly Check[], assessment: Assessment): Finding | undefined => {
  for (const check of checks) {
    const finding = check(assessment);
    if (finding) return finding;
  }
  return undefined;
};

const no = (reason: Reason, message: string): Finding => ({ status: 'False', reason, message });
const yes = (reason: Reason, message: string): Finding => ({ status: 'True', reason, message });
const unknown = (reason: Reason, message: string): Finding => ({ status: 'Unknown', reason, message });

const refused =
  (task: Task): Check =>
  ({ observed }) => {
    const refusal = observed.refused?.find((candidate) => candidate.task === task);
    return refusal && no(refusal.reason, refusal.message);
  };

const inUse =
  (task: Task): Check =>
  ({ observed }) => {
    const trouble = claimInUse(observed, task);
    return trouble && no(trouble.reason, trouble.message);
  };

const beside =
  (task: Task): Check =>
  ({ observed }) => {
    const trouble = besideNobody(observed, task);
    return trouble && no(trouble.reason, trouble.message);
  };

const queuedMessage = ({ name }: Run): string =>
  `Job ${name} waits: it is suspended, and not by this operator. A queue such as Kueue, or a policy, holds it; ` +
  'it starts when they resume it. Delete the Job if nobody will.';

const queuedSetup: Check = ({ setup: { active } }) =>
  active?.run.isQueued && unknown('Queued', queuedMessage(active.run));

/** To wait is no failure, until too many periods have passed. */
const queuedCleanup: Check = (assessment) => {
  const { active } = assessment.cleanup;
  if (!active?.isQueued) return undefined;
  const message = queuedMessage(active);
  return hasMissedRuns(assessment)
    ? no('Queued', `${message} Three periods in a row passed without a run.`)
    : unknown('Queued', message);
};

const outcomes: Readonly<Record<string, string>> = {
  Created: 'created',
  Adopted: 'was there, fits the layout and is used as it is',
  Overwritten: 'was overwritten: what was in it is gone',
  Verified: 'is there, as set-up left it',
};

const provisionedMessage = ({ spec }: SessionStoreResource, { outcome, notes = [] }: SetupStatus): string =>
  [`${describeStore(spec)} ${outcomes[outcome] ?? ''}`, ...notes].join('; ');

const provisioned: readonly Check[] = [
  refused('setup'),
  (assessment) => {
    const denied = assessment.isProvisioned ? deniedSince(assessment) : undefined;
    return denied && no(denied.reason, `${denied.message}, as clean-up found at ${denied.finishedAt}`);
  },
  ({ observed, isProvisioned, setup: { last } }) =>
    isProvisioned &&
    last !== undefined &&
    yes(last.outcome === 'Adopted' ? 'Adopted' : 'Provisioned', provisionedMessage(observed.store, last)),
  ({ schedule, setup: { active } }) =>
    schedule?.ok === false &&
    !active &&
    no('InvalidSchedule', `${schedule.message}; nothing is set up before`),
  inUse('setup'),
  queuedSetup,
  beside('setup'),
  ({ setup: { active } }) => active?.run.trouble && no(active.run.trouble.reason, active.run.trouble.message),
  ({ setup: { last }, isFailureOutdated }) =>
    last?.outcome === 'Failed' &&
    !isFailureOutdated &&
    no((last.reason ?? 'InternalError') as Reason, last.message ?? ''),
  ({ observed, setup: { active } }) =>
    observed.store.spec.suspend &&
    (!active || active.run.isSuspended) &&
    unknown('Suspended', 'spec.suspend: nothing was set up yet'),
  ({ setup: { active } }) =>
    unknown('Provisioning', active ? `set-up runs in Job ${active.run.name}` : 'set-up is about to run'),
];

const cleanupScheduled: readonly Check[] = [
  refused('cleanup'),
  ({ schedule }) => !schedule && no('NotRequested', 'spec has no cleanup: old sessions stay'),
  ({ schedule }) => schedule?.ok === false && no('InvalidSchedule', schedule.message),
  ({ observed: { store }, hasCronJob }) => store.spec.suspend && !hasCronJob && unsolvedConflict(store),
  ({ observed: { store } }) => store.spec.suspend && no('Suspended', 'spec.suspend: no clean-up starts'),
  ({ observed: { store } }) =>
    store.spec.cleanup?.suspend && no('Suspended', 'cleanup.suspend: no clean-up starts'),
  ({ hasCronJob, schedule, observed }) =>
    hasCronJob &&
    schedule?.ok &&
    yes('Scheduled', `runs at "${schedule.cron}" (${effectiveCleanup(observed.store.spec)?.timeZone.value})`),
  ({ isProvisioned }) =>
    unknown('Provisioning', isProvisioned ? 'the CronJob is about to be made' : 'waits for set-up'),
];

/** A suspension does not look again, so what was found before it stands: somebody else's CronJob may be running. */
function unsolvedConflict({ status }: SessionStoreResource): Finding | undefined {
  const found = status?.conditions?.find(
    ({ type, reason }) => type === 'CleanupScheduled' && reason === 'NameConflict',
  );
  return found && no('NameConflict', found.message);
}

const hasMissedRuns = ({ missedAt, observed: { now } }: Assessment): boolean =>
  missedAt !== undefined && missedAt <= now;

const stillBehind = (runs: number, { message }: LastRun): string =>
  `${runs} runs in a row ended in time and did not see the whole store: let clean-up run more often (cleanup.schedule) or ` +
  `faster (cleanup.pace: full) unless it works off a first backlog; the last run: ${message}`;

const missedRuns: Check = (assessment) =>
  hasMissedRuns(assessment) &&
  no('RunsMissed', `three periods in a row passed without a run: ${whyMissed(assessment)}`);

/** What keeps runs away, where it is known. */
const whyMissed = ({ cleanup: { active }, jobRefused }: Assessment): string =>
  (active?.isOverdue ? active.trouble?.message : jobRefused) ?? 'see the events of the CronJob';

const failedRun =
  (isMeant: (reason: string) => boolean): Check =>
  (assessment) => {
    const { lastRun, failures } = assessment.cleanup;
    const reason = (lastRun?.reason ?? 'InternalError') as Reason;
    if (lastRun?.outcome !== 'Failed' || !isMeant(reason)) return undefined;
    const how = mendedSince(assessment);
    if (how === undefined) return no(reason, lastRun.message + elsewhere(assessment));
    if (failures >= tooManyFailures)
      return no(reason, `${lastRun.message}; ${how}, but ${failures} runs in a row have failed`);
    return hasMissedRuns(assessment) ? undefined : unknown('AwaitingFirstRun', how);
  };

const cleanedUp: readonly Check[] = [
  inUse('cleanup'),
  (assessment) => assessment.cleanup.active?.isOverdue && missedRuns(assessment),
  beside('cleanup'),
  ({ cleanup: { active } }) => active?.trouble && no(active.trouble.reason, active.trouble.message),
  failedRun(isPermanent),
  (assessment) => hasMissedRuns(assessment) && queuedCleanup(assessment),
  missedRuns,
  ({ jobRefused }) => jobRefused !== undefined && no('JobRefused', jobRefused),
  // What may pass by itself is no news beside runs that do not begin.
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
  // The store is not clean, and no later run makes it so: a person has to. It works all the same, so Ready stays.
  ({ cleanup: { lastRun } }) => lastRun?.undeletable && no('SomeUndeletable', lastRun.message),
  ({ cleanup: { lastRun } }) => yes('CleanedUp', lastRun?.message ?? ''),
];

type Findings = Readonly<Record<'Provisioned' | 'CleanupScheduled', Finding>> & {
  readonly CleanedUp?: Finding;
};

function readyOf(assessment: Assessment, findings: Findings): Finding {
  const { Provisioned, CleanupScheduled, CleanedUp } = findings;
  if (Provisioned.status !== 'True') return Provisioned;
  const isMeant = CleanupScheduled.reason === 'NotRequested' || CleanupScheduled.reason === 'Suspended';
  if (CleanupScheduled.status !== 'True' && !isMeant) return CleanupScheduled;
  if (CleanedUp?.status === 'False' && takesReadyAway(assessment, CleanedUp)) return CleanedUp;
  return yes(
    'Ready',
    `${Provisioned.message}; clean-up: ${CleanedUp ? CleanupScheduled.message : 'not requested'}`,
  );
}

/** What keeps runs away, and takes Ready away once too many were. */
const waits = new Set<Reason>(['RunsMissed', 'InUse', 'Queued']);

const takesReadyAway = (assessment: Assessment, { reason }: Finding): boolean =>
  isPermanent(reason) ||
  (waits.has(reason) && hasMissedRuns(assessment)) ||
  assessment.cleanup.failures >= tooManyFailures;

/** What the spec alone rules out, or somebody else's object does: only a person can mend it. */
const forPerson = new Set<Reason>([
  'InvalidSchedule',
  'NameConflict',
  'InvalidSpec',
  'ApiError',
  'Contested',
]);

function stalledOf(assessment: Assessment, ready: Finding): Finding | undefined {
  if (ready.status !== 'False') return undefined;
  // Set-up makes it again by itself, or has.
  const isBeingMade = assessment.setup.active !== undefined || assessment.setupDue !== undefined;
  if (ready.reason === 'StoreMissing' && (isBeingMade || mendedSince(assessment) !== undefined))
    return undefined;
  const isStalled =
    forPerson.has(ready.reason) ||
    (isPermanent(ready.reason) && (isStalledBySetup(assessment) || assessment.isProvisioned));
  return isStalled ? yes(ready.reason, ready.message) : undefined;
}

/** What is on its way: to be Ready; or, while it is, to be verified anew, by another Secret say. */
function reconcilingOf(assessment: Assessment, ready: Finding): Finding | undefined {
  if (ready.status !== 'True')
    return ready.reason === 'Suspended' ? undefined : yes(ready.reason, ready.message);
  const { setup, setupDue, observed } = assessment;
  if (observed.store.spec.suspend) return undefined;
  const run = setup.active?.run;
  const trouble = besideNobody(observed, 'setup') ?? run?.trouble ?? claimInUse(observed, 'setup');
  if (trouble) return yes(trouble.reason, trouble.message);
  if (run?.isQueued) return yes('Queued', queuedMessage(run));
  if (run) return yes('Provisioning', `set-up runs again in Job ${run.name}`);
  return setupDue === undefined
    ? undefined
    : yes('Provisioning', `set-up is about to run again: ${setupDue}`);
}

/** Every condition that holds now; the abnormal ones are there only while they are true (kstatus). */
export function findingsOf(assessment: Assessment): Readonly<Partial<Record<ConditionType, Finding>>> {
  const fallback = unknown('Provisioning', 'not looked at yet');
  const { store } = assessment.observed;
  const findings: Findings = {
    Provisioned: first(provisioned, assessment) ?? fallback,
    CleanupScheduled: first(cleanupScheduled, assessment) ?? fallback,
    ...(store.spec.cleanup && { CleanedUp: first(cleanedUp, assessment) ?? fallback }),
  };
  const ready = readyOf(assessment, findings);
  const stalled = stalledOf(assessment, ready);
  const reconciling = stalled ? undefined : reconcilingOf(assessment, ready);
  return {
    Ready: ready,
    ...findings,
    ...(reconciling && { Reconciling: reconciling }),
    ...(stalled && { Stalled: stalled }),
    ...(store.spec.suspend && {
      Suspended: yes('Suspended', 'spec.suspend: the operator keeps its hands off this store'),
    }),
  };
}
