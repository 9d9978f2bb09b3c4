import type { Job } from '../api/kubernetes.ts';
import { heldAnnotation } from './labels.ts';

/** Written together with `suspend`, in one patch: whoever reads the one reads the other. */
export const holdMark = (suspend: boolean) => ({ [heldAnnotation]: suspend ? 'true' : null });

type Gated = { readonly spec?: { readonly schedulingGates?: readonly unknown[] } };

/** What resumes a Job. Its pods' scheduling gates may go in the same patch alone, as long as it has not started. */
export function resumption({ spec }: Job): object {
  const gates = (spec['template'] as Gated | undefined)?.spec?.schedulingGates;
  return { suspend: false, ...(gates?.length && { template: { spec: { schedulingGates: null } } }) };
}

/** True if the operator suspended the Job; it may have been resumed by somebody else since. */
export const isMarkedHeld = ({ metadata }: Job): boolean => metadata.annotations?.[heldAnnotation] === 'true';

/** True if the Job is suspended by the operator, which may resume it. */
export const isHeld = (job: Job): boolean => job.spec.suspend === true && isMarkedHeld(job);

/** True if somebody else suspended the Job, a queue for example: resuming it is up to them. */
export const isQueued = (job: Job): boolean => job.spec.suspend === true && !isMarkedHeld(job);
