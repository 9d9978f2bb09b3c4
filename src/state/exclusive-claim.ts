import { backendIn, effectiveSetup, type StoreSpec } from '../api/effective.ts';
import type { Job } from '../api/kubernetes.ts';
import { hashOf } from './hash.ts';
import { isHeld, isQueued } from './hold.ts';
import { runOf } from './job-run.ts';
import { exclusiveClaimAnnotation, heldAnnotation, type Task, templateAnnotation } from './labels.ts';
import type { Observed, ObservedJob } from './observed.ts';

/** The claim that a run must have to itself, as what it does is safe only while nobody has the store open. */
export function exclusiveClaim(spec: StoreSpec, task: Task): string | undefined {
  const { kind, spec: backend } = backendIn(spec);
  const work = task === 'cleanup' ? 'cleanup' : 'migration';
  if (work === 'migration' && !effectiveSetup(spec).migrate) return undefined;
  return kind.requiresExclusiveClaim?.(backend, work) ? kind.podRequirements(backend).claimName : undefined;
}

/**
 * What a Job carries of a store whose claim it may have to be alone on: the claim that it waits for, whatever becomes of
 * the spec meanwhile, and its template's hash, as it is of no use once it would be made otherwise. An empty name is sent,
 * too: an apply leaves what it does not name.
 */
export function exclusiveClaimAnnotations(
  spec: StoreSpec,
  task: Task,
  template: unknown,
): Readonly<Record<string, string>> {
  if (!backendIn(spec).kind.requiresExclusiveClaim) return {};
  const claim = exclusiveClaim(spec, task);
  return {
    [exclusiveClaimAnnotation]: claim ?? '',
    // Made suspended, where it is, by the operator and nobody else.
    [heldAnnotation]: claim === undefined ? '' : 'true',
    [templateAnnotation]: hashOf(template),
  };
}

/** The claim that a Job waits for, where it is held back. */
const claimOf = (job: Job): string | undefined =>
  (isHeld(job) && job.metadata.annotations?.[exclusiveClaimAnnotation]) || undefined;

/** Whether a Job is suspended until nobody mounts its claim. One that has started is not held up by who comes then. */
export const isWaiting = (observed: ObservedJob): boolean =>
  claimOf(observed.job) !== undefined && runOf(observed).state === 'active';

/** Whether a Job that had found its claim free was then suspended by somebody else, who may resume it whoever mounts the claim. */
export const isOvertaken = ({ job }: ObservedJob): boolean =>
  isQueued(job) && Boolean(job.metadata.annotations?.[exclusiveClaimAnnotation]);

export const overtaken = 'a queue could start it while another pod mounts its claim';

/** Whether a Job that waits was made of a template that is another now. */
export const isOutdated = ({ metadata }: Job, template: unknown): boolean =>
  metadata.annotations?.[templateAnnotation] !== hashOf(template);

/** The claim whose users have to be looked for now; undefined where no Job waits, or none may start in any case. */
export function awaitedClaim({ store, setupJobs, cleanupJobs }: Observed): string | undefined {
  if (store.spec.suspend) return undefined;
  const jobs = [...setupJobs, ...(store.spec.cleanup?.suspend ? [] : cleanupJobs)];
  const waiting = jobs.find(isWaiting);
  return waiting && claimOf(waiting.job);
}

/** Whether it was looked, and nobody was found. */
export const isClaimFree = ({ mounting }: Observed): boolean => mounting?.length === 0;
