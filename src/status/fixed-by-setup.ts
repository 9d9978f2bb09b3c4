import { requestAnnotation } from '../api/group.ts';
import type { Reason } from '../api/reasons.ts';
import type { LastRun, SetupStatus } from '../api/status.ts';
import { type StoreState, tooManyFailures } from '../state/derive-state.ts';
import { secretNameOf } from '../state/secret-name.ts';
import { hasMade } from '../state/setup-history.ts';

const isLater = (setup: SetupStatus | undefined, time: string): setup is SetupStatus =>
  setup !== undefined && Date.parse(setup.finishedAt) > Date.parse(time);

const secretsOf = ({ observed: { store } }: StoreState) => ({
  ofSetup: secretNameOf(store.spec, 'setup'),
  ofCleanup: secretNameOf(store.spec, 'cleanup'),
});

/**
 * True if set-up checks the same location as clean-up. A migration counts, although its outcome is that of an adoption.
 */
function checksSameLocation(state: StoreState, { outcome }: SetupStatus, { reason }: LastRun): boolean {
  const { ofSetup, ofCleanup } = secretsOf(state);
  return ofSetup === ofCleanup || (reason === 'ShapeMismatch' && outcome === 'Adopted');
}

const ofStore = 'set-up has checked the store without an error since the last run';
const ofConnection = 'set-up has connected with the same Secret since the last run';

/** The failures that a set-up without an error disproves, each with the words for that. */
const disproof: Readonly<Partial<Record<Reason, string>>> = {
  StoreMissing: ofStore,
  ShapeMismatch: ofStore,
  SecretMissing: ofConnection,
  SecretIncomplete: ofConnection,
  AuthenticationFailed: ofConnection,
  DatabaseMissing: ofConnection,
  TlsFailed: ofConnection,
  ConnectionFailed: ofConnection,
};

/**
 * The way in which a later set-up fixed the result of the last clean-up: a missing store, one with another shape, or a
 * refused connection. A store that set-up created exists. A store that set-up only found may differ from clean-up's, and
 * three failures are not explained away.
 */
export function fixedBySetup(state: StoreState): string | undefined {
  const { cleanup, setup, isProvisioned } = state;
  const { lastRun, failures } = cleanup;
  if (!lastRun || !isProvisioned || !isLater(setup.last, lastRun.finishedAt)) return undefined;
  const disproved = disproof[lastRun.reason as Reason];
  if (disproved === ofStore && hasMade(setup.last))
    return 'set-up has created the store again since the last run';
  const isDisproved = failures < tooManyFailures && checksSameLocation(state, setup.last, lastRun);
  return isDisproved ? disproved : undefined;
}

/** The problem that the last clean-up found after set-up: the store is missing or has another shape. */
export function problemSinceSetup(state: StoreState): (LastRun & { readonly reason: Reason }) | undefined {
  const { cleanup, setup } = state;
  const { lastRun } = cleanup;
  const { ofSetup, ofCleanup } = secretsOf(state);
  const reason = lastRun?.reason;
  if (reason !== 'StoreMissing' && reason !== 'ShapeMismatch') return undefined;
  if (!lastRun || ofSetup !== ofCleanup || isLater(setup.last, lastRun.finishedAt)) return undefined;
  return { ...lastRun, reason };
}

/** Text to add to the message of a clean-up that does not find a store that set-up finds. */
export function otherLocationHint(state: StoreState): string {
  const { cleanup, setup } = state;
  const { missingSince, lastRun } = cleanup;
  if (lastRun?.reason !== 'StoreMissing' || !missingSince) return '';
  if (!state.isProvisioned || !isLater(setup.last, missingSince) || hasMade(setup.last)) return '';
  const { ofSetup, ofCleanup } = secretsOf(state);
  return ofSetup === ofCleanup
    ? `; set-up has found the store after ${missingSince}, when clean-up first did not find it, and does ` +
        'not run again by itself: find out which program removes the store, then set the annotation ' +
        `${requestAnnotation}`
    : `; set-up finds the store with Secret ${ofSetup}, but clean-up does not with Secret ${ofCleanup}: ` +
        'cleanup.connection probably names another database';
}
