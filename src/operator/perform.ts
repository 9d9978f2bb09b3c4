import type { Action } from '../desired/actions.ts';
import { holdMark } from '../desired/hold.ts';
import { taskLabel } from '../desired/labels.ts';
import type { Refusal } from '../desired/observed.ts';
import { ApiError } from '../kube/api-error.ts';
import type { ReconcileContext } from './reconcile.ts';

type Task = Refusal['task'];

export const taskOf = (action: Action): Task =>
  'job' in action && action.job.metadata.labels?.[taskLabel] !== 'cleanup' ? 'setup' : 'cleanup';

async function write(action: Action, { writer }: ReconcileContext): Promise<unknown> {
  switch (action.kind) {
    case 'createJob':
      return writer.createJob(action.job);
    case 'deleteJob':
      return writer.deleteJob(action.job);
    case 'expireJob':
      return writer.patchJob(action.job, { ttlSecondsAfterFinished: action.ttlSeconds });
    case 'suspendJob':
      return writer.patchJob(action.job, { suspend: action.suspend }, holdMark(action.suspend));
    case 'createCronJob':
      return writer.createCronJob(action.cronJob);
    case 'applyCronJob':
      return writer.applyCronJob(action.cronJob, action.observed.metadata.uid);
    case 'suspendCronJob':
      return writer.suspendCronJob(action.cronJob);
    case 'deleteCronJob':
      return writer.deleteCronJob(action.cronJob);
  }
}

/** What a refusal means for the store, where it means something that no retry of this second mends. */
function refusalOf(action: Action, error: ApiError): Refusal | undefined {
  const task = taskOf(action);
  if (error.reason === 'NameConflict') return { task, reason: 'NameConflict', message: error.message };
  if (error.code === 422 || error.code === 400) {
    // The API server knows zones and schedules best: it is stricter than Node about their spelling.
    const isSchedule = task === 'cleanup' && /spec\.(schedule|timeZone)/.test(error.message);
    return { task, reason: isSchedule ? 'InvalidSchedule' : 'ApiError', message: error.detail };
  }
  if (error.code === 403 && !error.isNamespaceTerminating)
    return { task, reason: 'ApiError', message: error.detail };
  return undefined;
}

/** Makes one write; what the API server refuses for good comes back as a value, everything else is thrown. */
export async function perform(action: Action, context: ReconcileContext): Promise<Refusal | undefined> {
  const why = 'why' in action ? action.why : undefined;
  try {
    await write(action, context);
    context.log.info({ action: action.kind, ...(why && { why }) }, 'wrote');
    return undefined;
  } catch (error) {
    const refusal = error instanceof ApiError ? refusalOf(action, error) : undefined;
    if (!refusal) throw error;
    return refusal;
  }
}
