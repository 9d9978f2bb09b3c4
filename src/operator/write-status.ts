import { isDeepStrictEqual } from 'node:util';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { LastRun, SessionStoreStatus } from '../api/status.ts';
import type { Action } from '../desired/action.ts';
import { isApiError } from '../kube/api-error.ts';
import { cleanupHistory } from '../state/cleanup-history.ts';
import type { StoreState } from '../state/derive-state.ts';
import { taskLabel } from '../state/labels.ts';
import type { Observed } from '../state/observed.ts';
import type { PreflightProblem } from '../state/preflight.ts';
import { openRequest } from '../state/setup-history.ts';
import { eventsOf } from '../status/events-of.ts';
import { preflightStatusOf, statusOf, unwritableStatusOf } from '../status/status-of.ts';
import type { Target } from './contests.ts';
import { lastingFailures } from './error-policy.ts';
import { rejectedWritesOf } from './observe.ts';
import type { Failure } from './perform.ts';
import type { ReconcileContext } from './reconcile.ts';

/** Reports why the operator cannot work with a store, and any suspension that was refused. */
export async function reportPreflight(
  observed: Observed,
  problem: PreflightProblem,
  failures: readonly Failure[],
  context: ReconcileContext,
): Promise<void> {
  const rejections = rejectedWritesOf(failures).map(({ message }) => message);
  const message = [problem.message, ...rejections].join('; ');
  const status = preflightStatusOf(observed, { ...problem, message });
  // Without a status of clean-up, no run is recorded, and each would count at every look.
  const ended = status.cleanup ? cleanupHistory(observed).finishedRuns : [];
  await write(observed, status, context, ended);
}

export async function report(
  state: StoreState,
  made: readonly Action[],
  failures: readonly Failure[],
  context: ReconcileContext,
): Promise<void> {
  const { observed } = state;
  const hasStarted = made.some(
    (action) => action.kind === 'createJob' && action.job.metadata.labels[taskLabel] === 'setup',
  );
  const status = statusOf(state, hasStarted ? openRequest(observed) : undefined);
  const isTransient = failures.some(({ transient }) => transient !== undefined);
  const isBrief = isTransient && context.failures < lastingFailures;
  const written = isBrief ? withConditionsOf(observed.store, status) : status;
  await write(observed, written, context, state.cleanup.finishedRuns);
}

/** Keeps the old conditions: runs are recorded at once, conditions only after every write has a final answer. */
function withConditionsOf({ status: before }: SessionStoreResource, status: SessionStoreStatus) {
  const { conditions: _ours, observedGeneration: _seen, ...rest } = status;
  return {
    ...rest,
    observedGeneration: before?.observedGeneration ?? -1,
    ...(before?.conditions && { conditions: before.conditions }),
  };
}

const target: Target = { object: 'status', limits: 'status' };

/** Writes status once, and only if it changed; events follow the write that they describe. */
async function write(
  observed: Observed,
  status: SessionStoreStatus,
  { writer, log, onRun, contests }: ReconcileContext,
  ended: readonly LastRun[] = [],
): Promise<void> {
  const { store, now } = observed;
  if (isDeepStrictEqual(status, store.status)) return;
  // Two operators for one store would overwrite each other's status as fast as they can.
  if (contests.waitMs(store, target, now) > 0) return;
  await writer
    .writeStatus(store, status)
    .catch((error: unknown) => reportRejectedStatus(error, observed, writer));
  contests.recordWrite(store, target, now, 'write');
  for (const run of ended) onRun?.(store, run);
  for (const event of eventsOf(store.status, status, ended)) {
    log[event.type === 'Warning' ? 'warn' : 'info']({ reason: event.reason, note: event.note }, event.action);
    writer.emit(store, event);
  }
}

/** Reports a rejected status by means of the last accepted one, then throws the error. */
async function reportRejectedStatus(
  error: unknown,
  { store, now }: Observed,
  writer: ReconcileContext['writer'],
): Promise<never> {
  if (isApiError(error, 422) || isApiError(error, 413) || isApiError(error, 400)) {
    const status = unwritableStatusOf(store, error.detail, now);
    if (!isDeepStrictEqual(status, store.status)) await writer.writeStatus(store, status);
  }
  throw error;
}
