import { describeStore } from '../api/effective.ts';
import type { Reason } from '../api/reasons.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { SetupStatus } from '../api/status.ts';
import { beside, type Check, inUse, no, queuedMessage, refused, unknown, yes } from './condition-check.ts';
import { problemSinceSetup } from './fixed-by-setup.ts';

const queuedSetup: Check = ({ setup: { active } }) =>
  active?.run.isQueued && unknown('Queued', queuedMessage(active.run));

const outcomes: Readonly<Record<string, string>> = {
  Created: 'created',
  Adopted: 'already existed, fits the layout and is used unchanged',
  Overwritten: 'was overwritten; its old content is deleted',
  Verified: 'exists and is unchanged since set-up',
};

const provisionedMessage = ({ spec }: SessionStoreResource, { outcome, notes = [] }: SetupStatus): string =>
  [`${describeStore(spec)} ${outcomes[outcome] ?? ''}`, ...notes].join('; ');

export const provisioned: readonly Check[] = [
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
