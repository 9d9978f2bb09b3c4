import type { Action } from '../desired/action.ts';
import { ApiError } from '../kube/api-error.ts';
import type { Task } from '../state/labels.ts';
import { taskLabel } from '../state/labels.ts';
import type { Observed, RejectedWrite } from '../state/observed.ts';
import type { Target } from './contests.ts';
import type { ReconcileContext } from './reconcile.ts';

/** A failed write or list. */
export interface Failure {
  /** The text for status; undefined if the failure does not affect the store. */
  readonly rejectedWrite?: RejectedWrite;
  /** The error, if it may be temporary: the store is reconciled again soon. */
  readonly transient?: unknown;
}

const taskOf = (action: Action): Task =>
  'job' in action && action.job.metadata.labels?.[taskLabel] !== 'cleanup' ? 'setup' : 'cleanup';

async function write(action: Action, { writer }: ReconcileContext): Promise<unknown> {
  switch (action.kind) {
    case 'createJob':
      return writer.createJob(action.job);
    case 'deleteJob':
      return writer.deleteJob(action.job);
    case 'expireJob':
      return writer.expireJob(action.job, action.ttlSeconds);
    case 'suspendJob':
      return writer.suspendJob(action.job, action.suspend);
    case 'createCronJob':
      return writer.createCronJob(action.cronJob);
    case 'applyCronJob':
      return writer.applyCronJob(action.cronJob, action.observed.metadata.uid);
    case 'pruneCronJob':
      return writer.patchCronJob(action.cronJob, action.patch);
    case 'suspendCronJob':
      return writer.suspendCronJob(action.cronJob);
    case 'deleteCronJob':
      return writer.deleteCronJob(action.cronJob);
  }
}

const objectOf = (action: Action): string =>
  'job' in action ? `Job ${action.job.metadata.name}` : `CronJob ${action.cronJob.metadata.name}`;

function attemptOf(action: Action): string {
  const [verb = ''] = action.kind.split(/(?=[A-Z])/);
  const isResumption = action.kind === 'suspendJob' && !action.suspend;
  return `${objectOf(action)}: could not ${isResumption ? 'resume' : verb} it`;
}

function targetOf(action: Action): Target {
  const isSuspension = action.kind === 'suspendCronJob' || (action.kind === 'suspendJob' && action.suspend);
  const limits = isSuspension ? 'suspension' : 'child';
  // A Job that is kept longer than needed does no harm, so the failure is not reported.
  if (action.kind === 'expireJob') return { object: `${objectOf(action)}, its expiry`, limits };
  return { object: objectOf(action), limits, task: taskOf(action) };
}

/** Status codes after which a retry of the same write may succeed. */
const transientCodes = new Set([401, 404, 408, 409, 429]);

const isTransient = (error: unknown): boolean =>
  !(error instanceof ApiError) ||
  error.isNamespaceTerminating ||
  (error.reason !== 'NameConflict' && (error.code >= 500 || transientCodes.has(error.code)));

/** Classifies an error of any kind, for the task that it stopped. */
export function failureOf(task: Task, attempt: string, error: unknown): Failure {
  const transient = isTransient(error) && { transient: error };
  if (!(error instanceof ApiError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { rejectedWrite: { task, reason: 'ApiError', message: `${attempt}: ${message}` }, ...transient };
  }
  if (error.reason === 'NameConflict')
    return { rejectedWrite: { task, reason: 'NameConflict', message: error.message } };
  if (error.isNamespaceTerminating)
    return { rejectedWrite: { task, reason: 'NamespaceTerminating', message: error.detail }, ...transient };
  // The API server is the authority on zones and schedules: it is stricter than Node about their spelling.
  const isSchedule =
    task === 'cleanup' && error.code === 422 && /spec\.(schedule|timeZone)/.test(error.message);
  const reason = isSchedule ? 'InvalidSchedule' : 'ApiError';
  return { rejectedWrite: { task, reason, message: `${attempt}: ${error.detail}` }, ...transient };
}

/** Makes one write; every failure comes back as a value, so that it does not prevent other writes. */
async function perform(
  action: Action,
  { store, now }: Observed,
  context: ReconcileContext,
): Promise<Failure | undefined> {
  const why = 'why' in action ? action.why : undefined;
  try {
    await write(action, context);
    context.contests.recordWrite(store, targetOf(action), now, why ? `${action.kind}, ${why}` : action.kind);
    context.log.info({ action: action.kind, object: objectOf(action), ...(why && { why }) }, 'wrote');
    return undefined;
  } catch (error) {
    context.log.debug({ err: error, action: action.kind }, 'a write failed');
    const { rejectedWrite, ...rest } = failureOf(taskOf(action), attemptOf(action), error);
    return action.kind === 'expireJob' || !rejectedWrite ? rest : { rejectedWrite, ...rest };
  }
}

/**
 * Makes the writes in order, each independent of the others; returns the successful ones. Failures are added to those
 * of the round. A write that another client undoes each time is delayed.
 */
export async function performAll(
  actions: readonly Action[],
  observed: Observed,
  failures: Failure[],
  context: ReconcileContext,
): Promise<readonly Action[]> {
  const { store, now } = observed;
  const made: Action[] = [];
  for (const action of actions) {
    const isCreation = action.kind === 'createJob' || action.kind === 'createCronJob';
    if (context.contests.waitMs(store, targetOf(action), now, isCreation) > 0) continue;
    const failure = await perform(action, observed, context);
    if (failure) failures.push(failure);
    else made.push(action);
  }
  return made;
}
