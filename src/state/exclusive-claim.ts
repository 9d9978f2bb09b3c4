import { backendIn, effectiveSetup, type StoreSpec } from '../api/effective.ts';
import type { Job } from '../api/kubernetes.ts';
import { hashOf } from './hash.ts';
import { runOf } from './job-run.ts';
import {
  exclusiveClaimAnnotation,
  suspendedByOperatorAnnotation,
  type Task,
  templateAnnotation,
} from './labels.ts';
import type { Observed, ObservedJob } from './observed.ts';
import { isQueued, isSuspendedByOperator } from './suspended-by-operator.ts';

/** The claim that a run must have to itself, because its work is safe only while no process has the store open. */
export function exclusiveClaim(spec: StoreSpec, task: Task): string | undefined {
  const { kind, spec: backend } = backendIn(spec);
  const work = task === 'cleanup' ? 'cleanup' : 'migration';
  if (work === 'migration' && !effectiveSetup(spec).migrate) return undefined;
  return kind.requiresExclusiveClaim?.(backend, work) ? kind.podRequirements(backend).claimName : undefined;
}

/**
 * Annotations of a Job that may need exclusive access to a claim: the claim that it waits for, independent of
 * later changes of the spec, and the hash of its template, because an outdated Job is useless. An empty name is sent as
 * well, because an apply leaves fields that are not named.
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
    // The operator itself created the Job suspended.
    [suspendedByOperatorAnnotation]: claim === undefined ? '' : 'true',
    [templateAnnotation]: hashOf(template),
  };
}

/** The claim that a held Job waits for. */
const claimOf = (job: Job): string | undefined =>
  (isSuspendedByOperator(job) && job.metadata.annotations?.[exclusiveClaimAnnotation]) || undefined;

/** True if a Job is suspended until no pod mounts its claim. A Job that has started is not stopped by later pods. */
export const waitsForClaim = (observed: ObservedJob): boolean =>
  claimOf(observed.job) !== undefined && runOf(observed).state === 'active';

/**
 * True if another client suspended a Job that had found its claim free; that client may resume the Job while other pods
 * mount the claim.
 */
export const isOvertaken = ({ job }: ObservedJob): boolean =>
  isQueued(job) && Boolean(job.metadata.annotations?.[exclusiveClaimAnnotation]);

export const overtaken = 'a queue could start it while another pod mounts its claim';

/** True if the template of a waiting Job is outdated. */
export const isOutdated = ({ metadata }: Job, template: unknown): boolean =>
  metadata.annotations?.[templateAnnotation] !== hashOf(template);

/** The claim for which pods must be listed now; undefined if no Job waits, or if no waiting Job may start in any case. */
export function awaitedClaim({ store, setupJobs, cleanupJobs }: Observed): string | undefined {
  if (store.spec.suspend) return undefined;
  const jobs = [...setupJobs, ...(store.spec.cleanup?.suspend ? [] : cleanupJobs)];
  const waiting = jobs.find(waitsForClaim);
  return waiting && claimOf(waiting.job);
}

/** True if the pods were listed and none mounts the claim. */
export const isClaimFree = ({ podsOnClaim }: Observed): boolean => podsOnClaim?.length === 0;
