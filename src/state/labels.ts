import { apiVersion, group, kind, operatorName } from '../api/group.ts';
import type { OwnerReference } from '../api/kubernetes.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';

/** The field manager of everything that the operator writes, and the value of managed-by. */
export const manager = operatorName;

/** The same for what a person's command writes. The operator leaves such Jobs alone. */
export const cliManager = 'sessionstore-cli';

export const managedByLabel = 'app.kubernetes.io/managed-by';
export const storeLabel = `${group}/store`;
export const taskLabel = `${group}/task`;
export const hashAnnotation = `${group}/spec-hash`;
export const attemptAnnotation = `${group}/attempt`;
/** The store's generation when the Job was created. */
export const generationAnnotation = `${group}/generation`;
export const templateAnnotation = `${group}/template-hash`;
/** The hash of the custom layout by which a clean-up counts or deletes. */
export const descriptionAnnotation = `${group}/custom-layout-hash`;
/** The claim that no other pod may mount when the Job starts. */
export const exclusiveClaimAnnotation = `${group}/alone-on-claim`;

/** `true` on every Job that the operator suspends; the operator resumes no other Job. */
export const suspendedByOperatorAnnotation = `${group}/held`;

/** `true` on a clean-up that a person made to count only; `status` does not record it. */
export const dryRunAnnotation = `${group}/dry-run`;

/** The keys that childMetadata gave a CronJob; keys that are no longer in childMetadata have to be removed by name. */
export const childKeysAnnotation = `${group}/child-keys`;

/** Keeps the pod of a Job that waits for its claim away from every node, even if another client resumes the Job. */
export const exclusiveClaimGate = exclusiveClaimAnnotation;

export type Task = 'setup' | 'cleanup';

/**
 * The labels of every object of a store. The user's own labels are not copied, because a GitOps tool would treat the
 * children as its own objects and prune them.
 */
export function labelsOf(store: SessionStoreResource, task: Task): Readonly<Record<string, string>> {
  return {
    [managedByLabel]: manager,
    'app.kubernetes.io/name': 'session-store',
    [storeLabel]: store.metadata.name,
    [taskLabel]: task,
  };
}

/**
 * Children are deleted with their store. blockOwnerDeletion is false, because it requires a right on finalizers in some
 * clusters.
 */
export function ownerReferenceTo(store: SessionStoreResource): OwnerReference {
  return {
    apiVersion,
    kind,
    name: store.metadata.name,
    uid: store.metadata.uid,
    controller: true,
    blockOwnerDeletion: false,
  };
}
