import { until } from '../api-client.ts';
import { finishedPod } from './finished-pod.ts';
import type { Namespace, Platform } from './platform.ts';

/** A claim bound to a new, empty folder of the node that belongs to `uid`. */
export async function createVolume(
  platform: Platform,
  namespace: Namespace,
  claim: string,
  uid: number,
): Promise<void> {
  await createClaim(platform, namespace, claim);
  const empty = 'find /volume -mindepth 1 -delete';
  await inVolume(platform, namespace, claim, `${empty}; chown ${uid}:${uid} /volume; chmod 0770 /volume`);
}

/** A claim on a folder of the node: a new one, which is root's, or that of another claim. */
export async function createClaim(
  { api }: Platform,
  { name: namespace }: Namespace,
  claim: string,
  folder = `${namespace}/${claim}`,
): Promise<void> {
  const size = { storage: '1Gi' };
  const accessModes = ['ReadWriteMany'];
  await api.must('POST', '/api/v1/persistentvolumes', {
    metadata: { name: `${namespace}-${claim}` },
    spec: {
      capacity: size,
      accessModes,
      storageClassName: '',
      persistentVolumeReclaimPolicy: 'Retain',
      claimRef: { namespace, name: claim },
      hostPath: { path: `/var/lib/session-store-e2e/${folder}`, type: 'DirectoryOrCreate' },
    },
  });
  await api.must('POST', `/api/v1/namespaces/${namespace}/persistentvolumeclaims`, {
    metadata: { name: claim },
    spec: {
      accessModes,
      storageClassName: '',
      volumeName: `${namespace}-${claim}`,
      resources: { requests: size },
    },
  });
  await until(`claim ${claim} to be bound`, async () => {
    const { status } = await api.must(
      'GET',
      `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${claim}`,
    );
    return status.phase === 'Bound';
  });
}

export async function removeVolumes({ api }: Platform, { name: namespace }: Namespace): Promise<void> {
  const { items } = await api.must('GET', '/api/v1/persistentvolumes');
  for (const { metadata, spec } of items) {
    if (spec.claimRef?.namespace === namespace)
      await api.must('DELETE', `/api/v1/persistentvolumes/${metadata.name}`);
  }
}

/** Runs a shell script as root in a pod that has the claim at /volume; what it prints. */
export async function inVolume(
  platform: Platform,
  namespace: Namespace,
  claim: string,
  script: string,
): Promise<string> {
  return finishedPod(platform, namespace, `shell-${claim}`, {
    container: {
      image: 'postgres-e2e:15',
      command: ['sh', '-euc', script],
      securityContext: { runAsUser: 0 },
      volumeMounts: [{ name: 'volume', mountPath: '/volume' }],
    },
    volumes: [{ name: 'volume', persistentVolumeClaim: { claimName: claim } }],
  });
}
