/**
 * The fields of Kubernetes' own objects that are read, as plain JSON (times are RFC 3339 strings). They are separate
 * from client-node, whose model classes turn times into Dates and drop unknown fields.
 */

export const imagePullPolicies = ['Always', 'IfNotPresent', 'Never'] as const;
export type ImagePullPolicy = (typeof imagePullPolicies)[number];

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Any object, as the API server returned it. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: Metadata;
}

/** True if the object names the owner, as its controller or beside it; an object of the same name may have another owner. */
export const isOwnedBy = (
  { metadata }: KubeObject,
  owner: { readonly metadata: Pick<Metadata, 'uid'> },
): boolean => metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) ?? false;

export interface KubeCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface Job extends KubeObject {
  readonly spec: { readonly suspend?: boolean; readonly ttlSecondsAfterFinished?: number } & Record<
    string,
    unknown
  >;
  readonly status?: {
    readonly active?: number;
    /** Pods that have been told to end and have not yet. */
    readonly terminating?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly conditions?: readonly KubeCondition[];
  };
}

export interface CronJob extends KubeObject {
  readonly spec: { readonly schedule: string; readonly suspend?: boolean } & Record<string, unknown>;
  readonly status?: {
    readonly active?: readonly { readonly name: string }[];
    readonly lastScheduleTime?: string;
    readonly lastSuccessfulTime?: string;
  };
  /** True in a cache, of a CronJob that is longer than usual: `spec` holds its schedule and suspension. */
  readonly isShortened?: true;
}

export interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  /** How the container ended before its last start. */
  readonly lastState?: { readonly terminated?: { readonly exitCode: number; readonly reason?: string } };
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: {
      readonly exitCode: number;
      readonly reason?: string;
      readonly message?: string;
      readonly startedAt?: string;
      readonly finishedAt?: string;
    };
  };
}

export interface Pod extends KubeObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly volumes?: readonly {
      readonly name: string;
      readonly persistentVolumeClaim?: { readonly claimName: string };
      readonly ephemeral?: unknown;
    }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly KubeCondition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

/** Reasons of a Pod's events that say why its container is not created: these messages appear nowhere else. */
export const podStartWarnings = ['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox'] as const;

/** A core/v1 Event: read for FailedCreate of a CronJob or Job, which appears nowhere else, and for `podStartWarnings`. */
export interface KubeEvent extends KubeObject {
  readonly involvedObject: {
    readonly kind?: string;
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
  };
  readonly reason?: string;
  readonly message?: string;
  readonly type?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
}
