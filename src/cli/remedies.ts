import { docsLinkOf, troubleshootingPage } from '../api/docs-link.ts';
import type { Reason } from '../api/reasons.ts';

/** Reasons that ask for no act of a person. */
type Fine = 'Ready' | 'Provisioned' | 'Adopted' | 'Scheduled' | 'NotRequested' | 'CleanedUp' | 'Corrected';

/** Advice for each reason, for a person who has read its message. */
const remedies: Readonly<Record<Exclude<Reason, Fine>, string>> = {
  SecretMissing: 'Create the Secret, or correct secretName in spec.backend.',
  ConnectionFailed: 'Check host and port in the Secret, and network policies between the Job and the server.',
  ServerUnavailable: 'Wait until the server accepts connections again; the operator retries by itself.',
  ReadOnly: 'Name the primary server in the Secret, or end the read-only mode of the database.',
  LockTimeout: 'Find the session that holds a lock on the table; the operator retries by itself.',
  StoreChanged: 'Find out which program replaced the store during a run; the next run begins again.',
  VolumeBusy: 'Check the volume and its server; the operator retries by itself.',
  Interrupted: 'Wait for the next attempt.',
  InternalError: 'Read the log of the run, and report an error of the operator with it.',
  InvalidInput: 'Give operator and runner images of the same version.',
  ShapeMismatch:
    'Change the table so that it fits the layout, or name the layout of the library that made it.',
  StoreMissing:
    'Create what the message says that set-up does not create: the table by its library’s own migration, or the schema. ' +
    'Otherwise find out which program removed the store; set-up creates it again by itself.',
  Conflict: 'Let one SessionStore alone name this table or folder.',
  AlreadyExists: 'Set setup.ifExists to Adopt to use the existing store, or name another one.',
  UnsupportedServer: 'Upgrade or configure the server as the message says.',
  DatabaseMissing: 'Create the database, or correct its name in the Secret.',
  TlsFailed: 'Correct the certificates or the TLS mode in the Secret.',
  PathInvalid: 'Correct the path in spec.backend, or remove what is in its place.',
  VolumeUnusable: 'Correct owner, rights or type of the volume as the message says.',
  AuthenticationFailed: 'Correct user and password in the Secret.',
  PermissionDenied: 'Grant the role the right that the message names.',
  SecretIncomplete: 'Add the missing key to the Secret, or correct its value.',
  Provisioning: 'Wait until set-up has finished.',
  AwaitingFirstRun: 'Wait for the first run of clean-up.',
  SomeUndeletable:
    'Remove the cause that the message names, for example a foreign key without ON DELETE CASCADE.',
  WouldCleanUp: 'Compare the counts with your expectation, then end the dry run.',
  Incomplete: 'Wait for the next run, which goes on with the rest.',
  StillBehind: 'Let clean-up run more often (cleanup.schedule) or faster (cleanup.pace: full).',
  RunsMissed: 'Read the events of the CronJob, which say why no run starts.',
  Suspended: 'Resume the store when it may be changed again.',
  InUse: 'Stop the pods that mount the claim until the run has finished.',
  Queued: 'Let the queue or policy that suspended the Job resume it, or delete the Job.',
  NameConflict: 'Delete or rename the object that has the name, or rename the SessionStore.',
  Contested: 'Find the client that undoes the operator’s writes, and stop it.',
  InvalidSchedule: 'Correct cleanup.schedule or cleanup.timeZone, whichever the message names.',
  InvalidSpec: 'Correct the field that the message names.',
  NoRunnerImage: 'Ask the administrator of the operator to name the image with its flag.',
  JobRefused: 'Change the quota or the policy that refuses the Job.',
  PodRefused: 'Change the quota or the policy that refuses the pod, or the pod’s settings in spec.pod.',
  PodUnschedulable: 'Create the missing claim, or give a node the resources that the pod asks for.',
  PodNotStarting:
    'Create what the pod mounts, or repair the volume or network that the message names; ' +
    'a ReadWriteOnce claim of an application needs colocateWith.',
  ImagePullFailed: 'Correct the image or its pull secret, or give the node access to the registry.',
  JobNotEnding: 'Check the node of the pod, or delete the Job.',
  OutOfMemory: 'Raise the memory limit in spec.pod.resources.',
  Evicted: 'Check the storage and memory of the node; the operator retries by itself.',
  Disrupted: 'Wait for the next attempt.',
  Killed: 'Check the node for a reason to end the container.',
  DeadlineExceeded: 'Find out why the run takes so long: its log says how far it came.',
  ResultMissing: 'Wait for the next run, which reports its own figures.',
  NamespaceTerminating: 'Wait until the namespace is gone, or find the finalizer that keeps it.',
  ApiError: 'Read the message of the API server; an administrator may have to correct a policy or a right.',
};

/** A store without a status of its newest generation, which is a state and not a reason of the operator. */
export const notReconciled = 'NotReconciled';

/** Advice for a reason; undefined where a person has to do nothing, or the reason is of another version. */
export function remedyOf(reason: string): string | undefined {
  if (reason === notReconciled) return 'Look into the operator: sessionstore doctor --operator';
  return isKnown(reason) ? remedies[reason] : undefined;
}

const isKnown = (reason: string): reason is keyof typeof remedies => Object.hasOwn(remedies, reason);

/** The place in the docs about a reason for which there is advice. */
export function docsOf(reason: string): string | undefined {
  if (reason === notReconciled) return `${troubleshootingPage}#the-operator-does-not-answer`;
  return isKnown(reason) ? docsLinkOf(reason) : undefined;
}
