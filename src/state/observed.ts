import type { CronJob, Job, KubeEvent, KubeObject, Pod } from '../api/kubernetes.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import type { Task } from './labels.ts';

/** What the operator was started with, as far as decisions need it. */
export interface OperatorOptions {
  readonly runnerImage: string;
  /** Of the Jobs whose store needs Python. */
  readonly pythonRunnerImage?: string;
  readonly runnerImagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** Patterns of the annotations that a SessionStore may set; a few harmless ones need no permission. */
  readonly allowedAnnotations: readonly string[];
  /** Of everything that is made, for any store; the store's own win. */
  readonly childMetadata?: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  /** Who provisions: in every mark. */
  readonly installation: string;
  /** How long until a failed set-up is tried again: the first time, and at most. */
  readonly retryMinSeconds: number;
  readonly retryMaxSeconds: number;
  /** Interval of the checks whether pods still mount a claim. */
  readonly claimCheckSeconds: number;
}

/** A Job with what tells how it is doing. */
export interface ObservedJob {
  readonly job: Job;
  readonly pods: readonly Pod[];
  /** Events that say why there is no pod, or why one does not start. */
  readonly warnings: readonly KubeEvent[];
}

/** Everything a decision needs, read once, the time included. */
export interface Observed {
  readonly store: SessionStoreResource;
  readonly now: Date;
  readonly options: OperatorOptions;
  /** The store's own set-up Jobs, oldest first. */
  readonly setupJobs: readonly ObservedJob[];
  /** Whatever CronJob has the clean-up's name, ours or not. */
  readonly cronJob?: CronJob;
  /** Events that say why the CronJob makes no Job. */
  readonly cronJobWarnings?: readonly KubeEvent[];
  /** The CronJob's Jobs, oldest first. */
  readonly cleanupJobs: readonly ObservedJob[];
  /** The pods that mount the claim which a Job waits to have to itself; undefined where it was not looked. */
  readonly mounting?: readonly string[];
  /** The pods that a run has to be beside; undefined where it was not looked, as every run has found its node. */
  readonly neighbours?: readonly string[];
  /** The writes of ours that were refused in this round, and why: one a task. */
  readonly rejectedWrites?: readonly RejectedWrite[];
}

/** Whether an object is the store's own, and not one of its name that somebody else made. */
export const owns = ({ metadata: { uid } }: SessionStoreResource, { metadata }: KubeObject): boolean =>
  metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false;

/** A write that the API server refused, that would touch what is not ours, or that somebody undoes each time. */
export interface RejectedWrite {
  readonly task: Task;
  readonly reason: 'NameConflict' | 'InvalidSchedule' | 'ApiError' | 'NamespaceTerminating' | 'Contested';
  readonly message: string;
}
