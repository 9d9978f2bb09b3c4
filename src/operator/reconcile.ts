import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Pod } from '../api/kubernetes.ts';
import type { SessionStoreResource } from '../api/session-store.ts';
import type { LastRun, SessionStoreStatus } from '../api/status.ts';
import { type Action, actionsOf } from '../desired/actions.ts';
import type { Observed, OperatorOptions } from '../desired/observed.ts';
import { holdActions } from '../desired/suspension.ts';
import type { Caches } from '../kube/cluster.ts';
import type { Writer } from '../kube/writer.ts';
import { type Assessment, assess } from '../status/assessment.ts';
import { correctionsOf, eventsOf } from '../status/events-of.ts';
import { type Obstacle, obstacleTo } from '../status/obstacle.ts';
import { openRequest } from '../status/setup-history.ts';
import { nextLook, obstructedStatusOf, statusOf } from '../status/status-of.ts';
import { lastingFailures } from './error-policy.ts';
import { cached, observe, refusalsOf } from './observe.ts';
import { type Failure, performAll } from './perform.ts';

export interface StoreKey {
  readonly namespace: string;
  readonly name: string;
}

/** Everything that comes from outside. */
export interface ReconcileContext {
  readonly caches: Caches;
  readonly writer: Writer;
  /** The pods of a namespace that have not ended, whoever made them. */
  readonly unfinishedPods: (namespace: string) => Promise<readonly Pod[]>;
  readonly options: OperatorOptions;
  readonly now: () => Date;
  readonly log: Logger;
  /** How many rounds of this store failed in a row before this one. */
  readonly failures: number;
  /** Told of each clean-up run once its figures stand in status. */
  readonly onRun?: (store: SessionStoreResource, run: LastRun) => void;
}

/** Nothing more to do until something changes; a look at a time to come; or soon again, as what failed may pass. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'after'; readonly ms: number }
  | { readonly kind: 'again'; readonly error: unknown };

/**
 * Brings one store closer to its spec. Reads the state and never an event; every write is safe to repeat, so that it
 * may end anywhere and be run again. Each write stands alone (docs/adr/0010), and status tells of those that failed.
 */
export async function reconcile(key: StoreKey, context: ReconcileContext): Promise<Outcome> {
  const failures: Failure[] = [];
  const found = cached(key, context);
  if (!found || found.store.metadata.deletionTimestamp) return { kind: 'done' };
  // First of all: nothing that is wrong with the rest keeps sessions being deleted that somebody wants kept.
  const held = await performAll(holdActions(found), failures, context);
  const obstacle = obstacleTo(found);
  if (obstacle) return reportObstacle(found, obstacle, failures, context);

  const before = await observe(key, context, failures);
  if (!before) return { kind: 'done' };
  const actions = actionsOf(assess(before));
  const made = await performAll(actions, failures, context);
  const hasActed = held.length + actions.length + failures.length > 0;
  const after = hasActed ? await observe(key, context, failures) : before;
  if (!after) return { kind: 'done' };
  // An apply that admission undoes has no effect, each time: nobody wants to read of it.
  if (versionOf(before) !== versionOf(after))
    for (const event of correctionsOf(before, made)) context.writer.emit(before.store, event);
  const assessment = assess(after);
  await report(assessment, made, failures, context);
  return outcomeOf(failures, nextLook(assessment), after);
}

const versionOf = ({ cronJob }: Observed): string | undefined => cronJob?.metadata.resourceVersion;

/** Only another spec can help, which comes as an event, or another start of the operator. */
async function reportObstacle(
  observed: Observed,
  obstacle: Obstacle,
  failures: readonly Failure[],
  context: ReconcileContext,
): Promise<Outcome> {
  const refusals = refusalsOf(failures).map(({ message }) => message);
  const message = [obstacle.message, ...refusals].join('; ');
  await write(observed.store, obstructedStatusOf(observed, { ...obstacle, message }), context);
  const again = new Date(observed.now.getTime() + observed.options.retryMinSeconds * 1000);
  return outcomeOf(failures, failures.length > 0 ? again : undefined, observed);
}

async function report(
  assessment: Assessment,
  made: readonly Action[],
  failures: readonly Failure[],
  context: ReconcileContext,
): Promise<void> {
  const { observed } = assessment;
  const hasStarted = made.some(({ kind }) => kind === 'createJob');
  const status = statusOf(assessment, hasStarted ? openRequest(observed) : undefined);
  const mayPass = failures.some(({ passing }) => passing !== undefined);
  const isBrief = mayPass && context.failures < lastingFailures;
  await write(observed.store, isBrief ? withConditionsOf(observed.store, status) : status, context);
}

/** What happened is recorded at once; whether the store is well is said once its writes were answered for good. */
function withConditionsOf({ status: before }: SessionStoreResource, status: SessionStoreStatus) {
  const { conditions: _ours, observedGeneration: _seen, ...rest } = status;
  return {
    ...rest,
    observedGeneration: before?.observedGeneration ?? -1,
    ...(before?.conditions && { conditions: before.conditions }),
  };
}

/** Writes status once, and only with news; events follow the write that they tell of. */
async function write(
  store: SessionStoreResource,
  status: SessionStoreStatus,
  { writer, log, onRun }: ReconcileContext,
): Promise<void> {
  if (isDeepStrictEqual(status, store.status)) return;
  await writer.writeStatus(store, status);
  const run = status.cleanup?.lastRun;
  if (run && run.jobName !== store.status?.cleanup?.lastRun?.jobName) onRun?.(store, run);
  for (const event of eventsOf(store.status, status)) {
    log[event.type === 'Warning' ? 'warn' : 'info']({ reason: event.reason, note: event.note }, event.action);
    writer.emit(store, event);
  }
}

function outcomeOf(failures: readonly Failure[], next: Date | undefined, { now }: Observed): Outcome {
  const failed = failures.find(({ passing }) => passing !== undefined);
  if (failed) return { kind: 'again', error: failed.passing };
  if (!next) return { kind: 'done' };
  return { kind: 'after', ms: Math.max(next.getTime() - now.getTime(), 1000) };
}
