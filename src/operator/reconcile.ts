import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Pod } from '../api/kubernetes.ts';
import type { SessionStoreResource } from '../api/session-store.ts';
import type { LastRun, SessionStoreStatus } from '../api/status.ts';
import { type Action, actionsOf } from '../desired/actions.ts';
import type { Observed, OperatorOptions, Refusal } from '../desired/observed.ts';
import { holdActions } from '../desired/suspension.ts';
import type { Caches } from '../kube/cluster.ts';
import type { Writer } from '../kube/writer.ts';
import { type Assessment, assess } from '../status/assessment.ts';
import { correctionsOf, eventsOf } from '../status/events-of.ts';
import { type Obstacle, obstacleTo } from '../status/obstacle.ts';
import { openRequest } from '../status/setup-history.ts';
import { nextLook, obstructedStatusOf, statusOf } from '../status/status-of.ts';
import { observe } from './observe.ts';
import { perform, taskOf } from './perform.ts';

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
  /** Told of each clean-up run once its figures stand in status. */
  readonly onRun?: (store: SessionStoreResource, run: LastRun) => void;
}

/** Nothing more to do until something changes, or a look at a time to come. */
export type Outcome = { readonly kind: 'done' } | { readonly kind: 'after'; readonly ms: number };

/**
 * Brings one store closer to its spec. Reads the state and never an event; every write is safe to repeat, so that it
 * may end anywhere and be run again.
 */
export async function reconcile(key: StoreKey, context: ReconcileContext): Promise<Outcome> {
  const before = await observe(key, context);
  if (!before || before.store.metadata.deletionTimestamp) return { kind: 'done' };
  const obstacle = obstacleTo(before);
  if (obstacle) return reportObstacle(before, obstacle, context);

  const actions = actionsOf(assess(before));
  const refused = await performAll(actions, context);
  const after = actions.length === 0 ? before : await observe(key, context, refused);
  if (!after) return { kind: 'done' };
  // An apply that admission undoes has no effect, each time: nobody wants to read of it.
  if (refused.length === 0 && versionOf(before) !== versionOf(after))
    for (const event of correctionsOf(before, actions)) context.writer.emit(before.store, event);
  const assessment = assess(after);
  await report(assessment, actions, context);
  return outcomeOf(assessment);
}

const versionOf = ({ cronJob }: Observed): string | undefined => cronJob?.metadata.resourceVersion;

/** Makes the writes in order; one that is refused for good ends the round for its task and becomes a condition. */
async function performAll(
  actions: readonly Action[],
  context: ReconcileContext,
): Promise<readonly Refusal[]> {
  const refused: Refusal[] = [];
  for (const action of actions) {
    // A set-up that may not run must not keep clean-up from being suspended.
    if (refused.some(({ task }) => task === taskOf(action))) continue;
    const refusal = await perform(action, context);
    if (refusal) refused.push(refusal);
  }
  return refused;
}

/** Only another spec can help, which comes as an event, or another start of the operator. */
async function reportObstacle(
  observed: Observed,
  obstacle: Obstacle,
  context: ReconcileContext,
): Promise<Outcome> {
  const { store, now } = observed;
  const [refusal] = await performAll(holdActions(observed), context);
  if (refusal) throw new Error(`the CronJob could not be suspended: ${refusal.message}`);
  await write(store, obstructedStatusOf(store, obstacle, now), context);
  return { kind: 'done' };
}

async function report(
  assessment: Assessment,
  actions: readonly Action[],
  context: ReconcileContext,
): Promise<void> {
  const { observed } = assessment;
  const isRefused = observed.refused?.some(({ task }) => task === 'setup');
  const hasStarted = actions.some(({ kind }) => kind === 'createJob') && !isRefused;
  await write(observed.store, statusOf(assessment, hasStarted ? openRequest(observed) : undefined), context);
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

function outcomeOf(assessment: Assessment): Outcome {
  const next = nextLook(assessment);
  if (!next) return { kind: 'done' };
  return { kind: 'after', ms: Math.max(next.getTime() - assessment.observed.now.getTime(), 1000) };
}
