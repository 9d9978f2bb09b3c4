import { effectiveCleanup } from '../api/effective.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { conditionOf } from '../state/condition.ts';
import { type Check, type ConditionResult, no, refused, unknown, yes } from './condition-check.ts';

export const cleanupScheduled: readonly Check[] = [
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
