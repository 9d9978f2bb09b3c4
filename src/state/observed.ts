import {
  type CronJob,
  type ImagePullPolicy,
  isOwnedBy,
  type Job,
  type KubeEvent,
  type Pod,
} from '../api/kubernetes.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { Task } from './labels.ts';

/** Options of the operator that decisions need. */
export interface OperatorOptions {
  readonly runnerImage: string;
  /** Image of the Jobs for stores that need Python. */
  readonly pythonRunnerImage?: string;
  readonly runnerImagePullPolicy: ImagePullPolicy;
  /** Patterns of the annotations that a SessionStore may set; a few harmless ones need no permission. */
  readonly allowedAnnotations: readonly string[];
  /** Labels and annotations of every created object, for any store; a store's own take precedence. */
  readonly childMetadata?: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  /** Identifier of this installation, in every mark. */
  readonly installation: string;
  /** Initial and maximum retry delay of a failed set-up. */
  readonly retryMinSeconds: number;
  readonly retryMaxSeconds: number;
  /** Interval of the checks whether pods still mount a claim. */
  readonly claimCheckSeconds: number;
}

/** The options that shape the pod of a run. */
export type PodOptions = Pick<
  OperatorOptions,
  'runnerImage' | 'pythonRunnerImage' | 'runnerImagePullPolicy' | 'childMetadata'
>;

/** The options that shape the Job of a run: its mark has the installation, too. */
export type JobOptions = PodOptions & Pick<OperatorOptions, 'installation'>;

/** A Job with the objects that show its state. */
export interface ObservedJob {
  readonly job: Job;
  readonly pods: readonly Pod[];
  /** Events that explain why there is no pod, or why a pod does not start. */
  readonly warnings: readonly KubeEvent[];
}

/** Everything that a decision needs, read once, including the time. */
export interface Observed {
  readonly store: SessionStoreResource;
  readonly now: Date;
  readonly options: OperatorOptions;
  /** The store's own set-up Jobs, oldest first. */
  readonly setupJobs: readonly ObservedJob[];
  /** The CronJob with the clean-up's name, which may belong to another owner. */
  readonly cronJob?: CronJob;
  /** True if the CronJob belongs to this store, also while it is being deleted. */
  readonly hasCronJob: boolean;
  /** The CronJob if it belongs to this store and is not being deleted: no other one is written. */
  readonly ownCronJob?: CronJob;
  /** Events that explain why the CronJob creates no Job. */
  readonly cronJobWarnings?: readonly KubeEvent[];
  /** The CronJob's Jobs, oldest first. */
  readonly cleanupJobs: readonly ObservedJob[];
  /** The pods that mount the claim for which a Job waits; undefined if they were not listed. */
  readonly podsOnClaim?: readonly string[];
  /** The pods whose node a run needs; undefined if they were not listed, because every run has found its node. */
  readonly neighbours?: readonly string[];
  /** The refused writes of this round and the reasons, at most one for each task. */
  readonly rejectedWrites?: readonly RejectedWrite[];
}

/** Facts about the CronJob with the clean-up's name, if there is one. */
export function cronJobFacts(
  store: SessionStoreResource,
  cronJob: CronJob | undefined,
): Pick<Observed, 'cronJob' | 'hasCronJob' | 'ownCronJob'> {
  const hasCronJob = cronJob !== undefined && isOwnedBy(cronJob, store);
  if (!hasCronJob) return { hasCronJob, ...(cronJob && { cronJob }) };
  return { hasCronJob, cronJob, ...(!cronJob.metadata.deletionTimestamp && { ownCronJob: cronJob }) };
}

/**
 * A write that the API server refused, that would change another owner's object, or that another client undoes each
 * time.
 */
export interface RejectedWrite {
  readonly task: Task;
  readonly reason: 'NameConflict' | 'InvalidSchedule' | 'ApiError' | 'NamespaceTerminating' | 'Contested';
  readonly message: string;
}
