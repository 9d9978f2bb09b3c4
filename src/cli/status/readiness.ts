import type { SessionStoreResource } from '../../api/session-store-resource.ts';
import { conditionOf } from '../../state/condition.ts';
import { notReconciled } from '../remedies.ts';
import type { Tone } from '../terminal.ts';

/** Whether a store is Ready, or why not. */
export interface Readiness {
  readonly isReady: boolean;
  /** `Ready`, or the reason why not, as one word. */
  readonly reason: string;
  readonly message: string;
  readonly tone: Tone;
  readonly since?: string;
}

/** True if the operator has not yet reconciled the spec as it is now. */
export const isOutdated = ({ metadata, status }: SessionStoreResource): boolean =>
  (status?.observedGeneration ?? -1) < metadata.generation;

function outdated({ metadata, status }: SessionStoreResource): Readiness {
  const seen = status?.observedGeneration ?? -1;
  const message =
    seen < 0
      ? 'The operator has not reconciled this store yet'
      : `The operator has not reconciled generation ${metadata.generation} of the spec yet; status describes generation ${seen}`;
  return { isReady: false, reason: notReconciled, message, tone: 'waiting' };
}

/** Summarises a store: a status that describes an older spec says nothing about this one. */
export function readinessOf(store: SessionStoreResource): Readiness {
  const ready = conditionOf(store.status, 'Ready');
  if (!ready || isOutdated(store)) return outdated(store);
  const isReady = ready.status === 'True';
  return {
    isReady,
    reason: isReady ? 'Ready' : ready.reason,
    message: ready.message,
    tone: isReady ? 'good' : ready.status === 'False' ? 'bad' : 'waiting',
    since: ready.lastTransitionTime,
  };
}
