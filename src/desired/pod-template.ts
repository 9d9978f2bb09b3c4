import {
  connectionMountPath,
  temporaryMountPath,
  volumeMountPath,
} from '../api/backends/pod-requirements.ts';
import { backendIn, type StoreSpec } from '../api/effective.ts';
import type { SessionStoreResource } from '../api/session-store-resource.ts';
import { exclusiveClaim } from '../state/exclusive-claim.ts';
import { exclusiveClaimGate, labelsOf, type Task } from '../state/labels.ts';
import { labelsBeside, neighboursOf, termFor } from '../state/neighbours.ts';
import type { PodOptions } from '../state/observed.ts';
import { runnerImageOf } from '../state/runner-image.ts';
import { secretNameOf } from '../state/secret-name.ts';
import { childLabels } from './child-labels.ts';

type Json = Readonly<Record<string, unknown>>;

const defaultResources = (spec: StoreSpec): Json => {
  const backend = backendIn(spec);
  const { memoryLimit = '256Mi' } = backend.kind.podRequirements(backend.spec);
  return { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: memoryLimit } };
};

interface Mount {
  readonly volume: Json;
  readonly mount: Json;
}

function mountsOf(spec: StoreSpec, task: Task): readonly Mount[] {
  const backend = backendIn(spec);
  const { claimName } = backend.kind.podRequirements(backend.spec);
  const secretName = secretNameOf(spec, task);
  return [
    { volume: { name: 'tmp', emptyDir: {} }, mount: { name: 'tmp', mountPath: temporaryMountPath } },
    ...(claimName
      ? [
          {
            volume: { name: 'volume', persistentVolumeClaim: { claimName } },
            mount: { name: 'volume', mountPath: volumeMountPath },
          },
        ]
      : []),
    ...(secretName
      ? [
          {
            // Optional, so that a missing Secret is reported by the runner and does not leave a hanging pod.
            volume: { name: 'connection', secret: { secretName, optional: true, defaultMode: 0o444 } },
            mount: { name: 'connection', mountPath: connectionMountPath, readOnly: true },
          },
        ]
      : []),
  ];
}

function affinityOf(store: SessionStoreResource, task: Task): Json | undefined {
  const own = store.spec.pod?.affinity;
  const neighbours = neighboursOf(store.spec, task);
  if (!neighbours) return own;
  const required = own?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    ...own,
    podAffinity: {
      ...own?.podAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: [termFor(neighbours), ...required],
    },
  };
}

function containerOf(
  store: SessionStoreResource,
  options: PodOptions,
  args: readonly string[],
  mounts: readonly Mount[],
): Json {
  return {
    name: 'runner',
    image: runnerImageOf(store.spec, options),
    imagePullPolicy: options.runnerImagePullPolicy,
    args,
    resources: store.spec.pod?.resources ?? defaultResources(store.spec),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    terminationMessagePath: '/dev/termination-log',
    // Not FallbackToLogsOnError, which would copy a log into the API.
    terminationMessagePolicy: 'File',
    volumeMounts: mounts.map(({ mount }) => mount),
  };
}

/** The pod of a run: satisfies Pod Security `restricted`, carries no token, and has the user's settings on top. */
export function podTemplate(
  store: SessionStoreResource,
  task: Task,
  args: readonly string[],
  options: PodOptions,
): Json {
  const { pod } = store.spec;
  const mounts = mountsOf(store.spec, task);
  const affinity = affinityOf(store, task);
  return {
    metadata: {
      labels: {
        ...childLabels(store, task, options),
        ...pod?.labels,
        ...labelsOf(store, task),
        ...labelsBeside(neighboursOf(store.spec, task)),
      },
      ...(pod?.annotations && { annotations: pod.annotations }),
    },
    spec: {
      // podFailurePolicy requires this.
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
      securityContext: {
        ...pod?.securityContext,
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...(pod?.serviceAccountName && { serviceAccountName: pod.serviceAccountName }),
      ...(pod?.priorityClassName && { priorityClassName: pod.priorityClassName }),
      ...(pod?.nodeSelector && { nodeSelector: pod.nodeSelector }),
      ...(pod?.tolerations && { tolerations: pod.tolerations }),
      ...(pod?.imagePullSecrets && { imagePullSecrets: pod.imagePullSecrets }),
      ...(affinity && { affinity }),
      ...(exclusiveClaim(store.spec, task) !== undefined && {
        schedulingGates: [{ name: exclusiveClaimGate }],
      }),
      containers: [containerOf(store, options, args, mounts)],
      volumes: mounts.map(({ volume }) => volume),
    },
  };
}
