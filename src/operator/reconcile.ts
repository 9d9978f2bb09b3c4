import type { Logger } from 'pino';
import type { Job, Pod } from '../api/kubernetes.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { LastRun } from '../api/status.ts';
import { actionsOf } from '../desired/actions.ts';
import { suspendActions } from '../desired/suspension.ts';
import type { Caches } from '../kube/cluster.ts';
import type { ApiReader } from '../kube/list.ts';
import type { Writer } from '../kube/writer.ts';
import { deriveState } from '../state/derive-state.ts';
import type { Observed, OperatorOptions } from '../state/observed.ts';
import { preflight } from '../state/preflight.ts';
import { correctionsOf } from '../status/events-of.ts';
import { requeueAt } from '../status/status-of.ts';
import type { Contests } from './contests.ts';
import { observe, observeCached, withPodsAndRejectedWrites, withUncached } from './observe.ts';
import { type Failure, performAll } from './perform.ts';
import { report, reportPreflight } from './write-status.ts';

export interface StoreKey {
  readonly namespace: string;
  readonly name: string;
}

/** Everything from outside that a reconcile uses. */
export interface ReconcileContext {
  readonly caches: Caches;
  readonly writer: Writer;
  /** The pods of a namespace that have not ended, of any owner. */
  readonly unfinishedPods: (namespace: string) => Promise<readonly Pod[]>;
  /** The pods of a Job, from the API server. */
  readonly podsOf: (job: Job) => Promise<readonly Pod[]>;
  readonly apiReader: ApiReader;
  readonly options: OperatorOptions;
  readonly now: () => Date;
  readonly log: Logger;
  /** Number of failed reconciles of this store in a row before this one. */
  readonly failures: number;
  readonly contests: Contests;
  /** Called for each clean-up run once status has recorded its figures. */
  readonly onRun?: (store: SessionStoreResource, run: LastRun) => void;
}

/**
 * The next step for a store: wait for a change, reconcile again at a time, or retry soon because the failure may pass.
 */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'requeueAfter'; readonly ms: number }
  | { readonly kind: 'retry'; readonly error: unknown };

/**
 * Brings one store closer to its spec. Reads the state and never an event. Every write is safe to repeat, so that a
 * reconcile may stop anywhere and run again. Each write stands alone (docs/adr/0010), and status reports the failed
 * ones.
 */
export async function reconcile(key: StoreKey, context: ReconcileContext): Promise<Outcome> {
  const failures: Failure[] = [];
  const found = observeCached(key, context);
  if (!found) context.contests.forget(key.namespace, key.name);
  if (!found || found.store.metadata.deletionTimestamp) return { kind: 'done' };
  // Suspension comes first: an error elsewhere must not let sessions be deleted that a user wants to keep.
  const suspended = await performAll(suspendActions(found), found, failures, context);
  const whole = await withUncached(found, context);
  if (!whole) return { kind: 'done' };
  const problem = preflight(whole);
  if (problem) {
    // Only a changed spec, which arrives as an event, or a restart of the operator with other flags can help.
    await reportPreflight(whole, problem, failures, context);
    return outcomeOf(failures, undefined, whole, context);
  }

  const before =
    suspended.length > 0
      ? await observe(key, context, failures)
      : await withPodsAndRejectedWrites(whole, failures, context);
  return before ? syncStore(key, before, failures, context) : { kind: 'done' };
}

/** Makes the writes that are called for, reads again what they made, and reports it. */
async function syncStore(
  key: StoreKey,
  before: Observed,
  failures: Failure[],
  context: ReconcileContext,
): Promise<Outcome> {
  const derived = deriveState(before);
  const made = await performAll(actionsOf(derived), before, failures, context);
  // A write that a contest delays changes nothing.
  const hasActed = made.length + failures.length > 0;
  const after = hasActed ? await observe(key, context, failures) : before;
  if (!after) return { kind: 'done' };
  // An apply that admission undoes has no effect, so it is not reported.
  if (versionOf(before) !== versionOf(after))
    for (const event of correctionsOf(before, made)) context.writer.emit(before.store, event);
  const state = after === before ? derived : deriveState(after);
  await report(state, made, failures, context);
  return outcomeOf(failures, requeueAt(state), after, context);
}

const versionOf = ({ cronJob }: Observed): string | undefined => cronJob?.metadata.resourceVersion;

function outcomeOf(
  failures: readonly Failure[],
  next: Date | undefined,
  { store, now, options }: Observed,
  { contests }: ReconcileContext,
): Outcome {
  const failed = failures.find(({ transient }) => transient !== undefined);
  if (failed) return { kind: 'retry', error: failed.transient };
  const retry = failures.length > 0 ? new Date(now.getTime() + options.retryMinSeconds * 1000) : undefined;
  const times = [next, retry, contests.retryAt(store, now)].filter((time) => time !== undefined);
  if (times.length === 0) return { kind: 'done' };
  const first = Math.min(...times.map((time) => time.getTime()));
  return { kind: 'requeueAfter', ms: Math.max(first - now.getTime(), 1000) };
}
