/**
 * Every reason of the operator and its runner: one PascalCase word that is condition reason, event reason and metric
 * label at the same time.
 */

/** Failures that may pass without a change: exit code 1, retried. */
const transientReasons = [
  'SecretMissing', // no file of the Secret is mounted: it does not exist yet
  'ConnectionFailed', // refused, unreachable, name unknown, timed out
  'ServerUnavailable', // starting up, shutting down, out of connections
  'ReadOnly', // a standby, or default_transaction_read_only
  'LockTimeout', // another session holds the table
  'StoreChanged', // the store is no longer the one that this run checked: no further session was deleted
  'VolumeBusy', // the file system failed with an error that may pass (EIO, ENOSPC, ESTALE)
  'Interrupted', // the pod was told to stop before the work was done
  'InternalError', // an unexpected error
] as const;

/**
 * Failures that only a user can fix, each with its exit code: the Job's podFailurePolicy fails at once on 64–78. Each
 * reason has its own code, so that the reason survives a lost termination message.
 */
export const permanentExitCodes = {
  InvalidInput: 64, // the runner cannot read what the operator gave it (versions differ)
  ShapeMismatch: 65, // the existing store does not fit the layout, or would spoil clean-up
  StoreMissing: 66, // clean-up found no table or folder
  Conflict: 67, // another SessionStore's mark
  AlreadyExists: 68, // setup.ifExists is Fail, and the store exists
  UnsupportedServer: 69, // too old, or configured in a way that prevents clean-up
  DatabaseMissing: 71,
  TlsFailed: 72,
  PathInvalid: 73, // the path leaves the volume, or something else is in its place
  VolumeUnusable: 74, // wrong owner, no hard links, another clock
  AuthenticationFailed: 76,
  PermissionDenied: 77,
  SecretIncomplete: 78, // the Secret lacks a key, or holds a value that cannot be used
} as const;

type TransientReason = (typeof transientReasons)[number];
export type PermanentReason = keyof typeof permanentExitCodes;
/** Reason why a run of the runner failed. */
export type FailureReason = TransientReason | PermanentReason;

export const permanentReasons = Object.keys(permanentExitCodes) as readonly PermanentReason[];
export const failureReasons: readonly FailureReason[] = [...transientReasons, ...permanentReasons];

/** True if only a user can fix the failure. */
export function isPermanent(reason: string): reason is PermanentReason {
  return Object.hasOwn(permanentExitCodes, reason);
}

/** The exit code of a failed run; never 0. */
export function exitCodeOf(reason: FailureReason): number {
  return isPermanent(reason) ? permanentExitCodes[reason] : 1;
}

/** Reasons that the operator itself finds, in Kubernetes rather than in a store. */
export const operatorReasons = [
  'Ready',
  'Provisioning', // a set-up Job is active
  'Provisioned',
  'Adopted',
  'Scheduled',
  'NotRequested', // the spec has no cleanup
  'AwaitingFirstRun',
  'CleanedUp',
  'SomeUndeletable', // the run checked everything, and some stale sessions cannot be deleted
  'WouldCleanUp', // a dry run
  'Incomplete', // the run stopped at its time limit and left overdue sessions for the next run
  'StillBehind', // three runs in a row were incomplete
  'Corrected', // another client changed or deleted the CronJob, and the operator restored it
  'RunsMissed',
  'Suspended',
  'InUse', // a Job waits until no other pod mounts its claim
  'Queued', // another client suspended the Job: a queue or a policy
  'NameConflict', // a Job or CronJob with the expected name belongs to another owner
  'Contested', // another client undoes each write of the operator, which writes less and less often
  'InvalidSchedule',
  'InvalidSpec',
  'NoRunnerImage', // the operator was started without the image that the store's Jobs need
  'JobRefused', // the message of the CronJob's FailedCreate event: quota, Pod Security, admission
  'PodRefused', // the message of the Job's FailedCreate event: quota, Pod Security, admission
  'PodUnschedulable', // no node, or the claim does not exist
  'PodNotStarting', // a volume or a container that cannot be set up
  'ImagePullFailed',
  'JobNotEnding', // the Job is long past its deadline, or its pod hangs on a dead node
  'OutOfMemory', // the container exceeded its memory limit
  'Evicted', // the node evicted the pod, for its storage or the node's memory
  'Disrupted', // the pod was removed for an eviction, another pod or a node that shut down
  'Killed', // by SIGKILL, for an unknown cause
  'DeadlineExceeded',
  'ResultMissing', // the pod was deleted before its result was read
  'NamespaceTerminating',
  'ApiError', // the API server refused a write
] as const;

export type OperatorReason = (typeof operatorReasons)[number];
export type Reason = FailureReason | OperatorReason;
