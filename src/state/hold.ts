import type { Job } from '../api/kubernetes.ts';
import { heldAnnotation } from './labels.ts';

/** Written together with `suspend` in one patch, so that no reader sees one without the other. */
export const holdMark = (suspend: boolean) => ({ [heldAnnotation]: suspend ? 'true' : null });

type Gated = { readonly spec?: { readonly schedulingGates?: readonly unknown[] } };

/**
 * The patch that resumes a Job. The scheduling gates of its pods may be removed only in the same patch, and only before
 * the Job has started.
 */
export function resumption({ spec }: Job): object {
  const gates = (spec['template'] as Gated | undefined)?.spec?.schedulingGates;
  return { suspend: false, ...(gates?.length && { template: { spec: { schedulingGates: null } } }) };
}

/** True if the operator suspended the Job; another client may have resumed it since. */
export const isMarkedHeld = ({ metadata }: Job): boolean => metadata.annotations?.[heldAnnotation] === 'true';

/** True if the Job is suspended by the operator, which may resume it. */
export const isHeld = (job: Job): boolean => job.spec.suspend === true && isMarkedHeld(job);

/** True if another client suspended the Job, for example a queue; that client has to resume it. */
export const isQueued = (job: Job): boolean => job.spec.suspend === true && !isMarkedHeld(job);
