/**
 * Every reason the operator and its runner can give: one PascalCase word that is condition reason, event
 * reason and metric label at once.
 */

/** What stops a run for now and may pass by itself: exit code 1, tried again. */
export const transientReasons = [
  'SecretMissing', // no file of the Secret is mounted: it does not exist yet
  'ConnectionFailed', // refused, unreachable, name unknown, timed out
  'ServerUnavailable', // starting up, shutting down, out of connections
  'ReadOnly', // a standby, or default_transaction_read_only
  'LockTimeout', // somebody holds the table
  'StoreChanged', // the store is no longer the one that this run checked: nothing more was deleted
  'VolumeBusy', // the file system failed in a way that may pass (EIO, ENOSPC, ESTALE)
  'Interrupted', // the pod was told to stop before the work was done
  'InternalError', // anything nobody foresaw
] as const;

/**
 * What only a person can mend, each with its exit code: the Job's podFailurePolicy fails at once on 64–78.
 * One code a reason, so that the reason survives a lost termination message.
 */
export const permanentExitCodes = {
  InvalidInput: 64, // the runner cannot read what the operator gave it (versions differ)
  ShapeMismatch: 65, // what is there does not fit the layout, or would spoil clean-up
  StoreMissing: 66, // clean-up found no table or folder
  Conflict: 67, // another SessionStore's mark
  AlreadyExists: 68, // setup.ifExists: Fail, and it exists
  UnsupportedServer: 69, // too old, or set in a way that clean-up cannot work with
  DatabaseMissing: 71,
  TlsFailed: 72,
  PathInvalid: 73, // the path leaves the volume, or something else is in its place
  VolumeUnusable: 74, // wrong owner, no hard links, another clock
  AuthenticationFailed: 76,
  PermissionDenied: 77,
  SecretIncomplete: 78, // the Secret lacks a key, or holds a value that cannot be used
} as const;

export type TransientReason = (typeof transientReasons)[number];
export type PermanentReason = keyof typeof permanentExitCodes;
/** Why a run of the runner failed. */
export type FailureReason = TransientReason | PermanentReason;

export const permanentReasons = Object.keys(permanentExitCodes) as readonly PermanentReason[];
export const failureReasons: readonly FailureReason[] = [...transientReasons, ...permanentReasons];

/** Whether nobody but a person can mend it. */
export function isPermanent(reason: string): reason is PermanentReason {
  return Object.hasOwn(permanentExitCodes, reason);
}

/** The exit code a run ends with: 0 is never among them. */
export function exitCodeOf(reason: FailureReason): number {
  return isPermanent(reason) ? permanentExitCodes[reason] : 1;
}

/** What the operator itself sees, in Kubernetes rather than in a store. */
export const operatorReasons = [
  'Ready',
  'Provisioning', // a set-up Job is under way
  'Provisioned',
  'Adopted',
  'Scheduled',
  'NotRequested', // the spec has no cleanup
  'AwaitingFirstRun',
  'CleanedUp',
  'SomeUndeletable', // the run saw everything, and some stale sessions cannot be deleted
  'WouldCleanUp', // a dry run
  'Incomplete', // the run ended in time and left overdue sessions for the next one
  'StillBehind', // three runs in a row did
  'Corrected', // somebody changed or deleted the CronJob, and it is as it was
  'RunsMissed',
  'Suspended',
  'InUse', // a Job waits until no other pod mounts its claim
  'Queued', // somebody else suspended the Job: a queue, or a policy
  'NameConflict', // a Job or CronJob of ours exists and belongs to somebody else
  'Contested', // somebody undoes each write of ours: it is made less and less often
  'InvalidSchedule',
  'InvalidSpec',
  'NoRunnerImage', // the operator was started without the image that this store's Jobs need
  'JobRefused', // the same of the CronJob's FailedCreate event
  'PodRefused', // quota, Pod Security, admission: the sentence of the Job's FailedCreate event
  'PodUnschedulable', // no node, or the claim does not exist
  'PodNotStarting', // a volume or a container that cannot be set up
  'ImagePullFailed',
  'JobNotEnding', // its deadline is long over, or its pod hangs on a node that is gone
  'OutOfMemory', // the container went past its memory limit
  'Evicted', // the node put the pod out: its storage, or the node's memory
  'Disrupted', // the pod had to give way: to an eviction, another pod, a node that goes
  'Killed', // by SIGKILL, and nobody says by whom
  'DeadlineExceeded',
  'ResultMissing', // the pod went away before its result was read
  'NamespaceTerminating',
  'ApiError', // the API server refused a write
] as const;

export type OperatorReason = (typeof operatorReasons)[number];
export type Reason = FailureReason | OperatorReason;
