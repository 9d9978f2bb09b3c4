import type { Job } from '../api/kubernetes.ts';
import { suspendedByOperatorAnnotation } from './labels.ts';

/** Written together with `suspend` in one patch, so that no reader sees one without the other. */
export const suspensionMark = (suspend: boolean) => ({
  [suspendedByOperatorAnnotation]: suspend ? 'true' : null,
});

type GatedTemplate = { readonly spec?: { readonly schedulingGates?: readonly unknown[] } };

/**
 * The patch that resumes a Job. The scheduling gates of its pods may be removed only in the same patch, and only before
 * the Job has started.
 */
export function resumePatch({ spec }: Job): object {
  const gates = (spec['template'] as GatedTemplate | undefined)?.spec?.schedulingGates;
  return { suspend: false, ...(gates?.length && { template: { spec: { schedulingGates: null } } }) };
}

/** True if the operator suspended the Job; another client may have resumed it since. */
export const isMarkedSuspended = ({ metadata }: Job): boolean =>
  metadata.annotations?.[suspendedByOperatorAnnotation] === 'true';

/** True if the Job is suspended by the operator, which may resume it. */
export const isSuspendedByOperator = (job: Job): boolean =>
  job.spec.suspend === true && isMarkedSuspended(job);

/** True if another client suspended the Job, for example a queue; that client has to resume it. */
export const isQueued = (job: Job): boolean => job.spec.suspend === true && !isMarkedSuspended(job);
