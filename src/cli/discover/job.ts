import { connectionMountPath, volumeMountPath } from '../../api/backends/pod-requirements.ts';
import { apiVersion, kind } from '../../api/group.ts';
import type { SessionStoreSpec } from '../../api/spec.ts';
import { podTemplate } from '../../desired/pod-template.ts';
import { cliManager, managedByLabel } from '../../state/labels.ts';
import type { Search } from '../../stores/discover/search.ts';
import type { PodPlacement, RunnerImage } from '../resolve-runner-image.ts';
import type { Neighbour } from './neighbour.ts';

/** A Secret or a claim of a namespace. */
export type ClusterPlace = { readonly secretName: string } | { readonly claimName: string };

export const jobLabels = {
  [managedByLabel]: cliManager,
  'app.kubernetes.io/name': 'sessionstore-discover',
} as const;

/** Far more than a search takes: the time for an image to be pulled is in it. */
const deadlineSeconds = 600;

interface Container {
  readonly volumeMounts: readonly { readonly name: string }[];
}

interface Template {
  readonly spec: {
    readonly containers: readonly Container[];
    readonly securityContext: Readonly<Record<string, unknown>>;
  };
}

type Backend = SessionStoreSpec['backend'];

/** The backend whose pod mounts the place as set-up's does. */
const backendOf = (place: ClusterPlace): Backend =>
  'claimName' in place
    ? { directory: { claimName: place.claimName, path: 'sessions' } }
    : { postgres: { connection: { secretName: place.secretName } } };

const onNode = (node: string) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
    },
  },
});

/** Where the Job of a search runs, as whom, and how its image is pulled. */
export interface SearchPlacement {
  /** The node that the claim can be mounted on. */
  readonly node?: string | undefined;
  /** User and groups that may read the files. */
  readonly reader?: Neighbour['securityContext'];
  /** Secret with which the image is pulled. */
  readonly imagePullSecret?: string | undefined;
}

/** As the CronJob's pods are placed; a node that is known stands in for its selector. */
function placementFor(
  { imagePullSecrets, tolerations, nodeSelector }: PodPlacement,
  { node, imagePullSecret }: SearchPlacement,
) {
  const secrets = imagePullSecret === undefined ? imagePullSecrets : [{ name: imagePullSecret }];
  return {
    ...(secrets && { imagePullSecrets: secrets }),
    ...(tolerations && { tolerations }),
    ...(node === undefined ? nodeSelector && { nodeSelector } : { affinity: onNode(node) }),
  };
}

/** The Job that looks into a Secret's database or a claim; it mounts a claim to read alone, and ends by itself. */
export function discoverJob(
  namespace: string,
  place: ClusterPlace,
  search: Search,
  { image, imagePullPolicy, pod = {} }: Pick<RunnerImage, 'image' | 'imagePullPolicy' | 'pod'>,
  placement: SearchPlacement = {},
): object {
  const metadata = {
    name: 'discover',
    namespace,
    uid: '',
    resourceVersion: '',
    creationTimestamp: '',
    generation: 1,
  };
  const store = { apiVersion, kind, metadata, spec: { backend: backendOf(place) } };
  const args = [
    ...['find-sessions', '--search', JSON.stringify(search)],
    ...['--connection', connectionMountPath, '--volume', volumeMountPath],
  ];
  const options = { runnerImage: image, runnerImagePullPolicy: imagePullPolicy };
  const { spec } = podTemplate(store, 'setup', args, options) as unknown as Template;
  const containers = spec.containers.map((container) => ({
    ...container,
    volumeMounts: container.volumeMounts.map((mount) =>
      mount.name === 'volume' ? { ...mount, readOnly: true } : mount,
    ),
  }));
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { generateName: 'sessionstore-discover-', namespace, labels: jobLabels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: deadlineSeconds,
      ttlSecondsAfterFinished: 300,
      template: {
        metadata: { labels: jobLabels },
        spec: {
          ...spec,
          containers,
          securityContext: { ...placement.reader, ...spec.securityContext },
          ...placementFor(pod, placement),
        },
      },
    },
  };
}
