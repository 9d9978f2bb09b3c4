import { writeFile } from 'node:fs/promises';
import type { ImageArchive } from './images.ts';
import { run } from './run.ts';

// This is for people's machines. The project's own tests run where no registry has the image that kind needs.
const name = 'session-store-operator';

/** Whether there is a `kind`, and a docker engine for it. */
export function kindIsInstalled(): Promise<boolean> {
  return Promise.all([run('kind', ['version']), run('docker', ['version'])]).then(
    () => true,
    () => false,
  );
}

/** Makes a cluster with kind, unless it stands, and writes its kubeconfig; fails where its image is not to be had. */
export async function makeKindCluster(kubeconfig: string): Promise<void> {
  const clusters = (await run('kind', ['get', 'clusters'])).split('\n');
  if (!clusters.includes(name)) {
    await run('kind', ['create', 'cluster', '--name', name, '--wait', '2m', '--kubeconfig', kubeconfig]);
  }
  await writeFile(kubeconfig, await run('kind', ['get', 'kubeconfig', '--name', name]), { mode: 0o600 });
}

/** Makes an image known to the cluster's node. */
export async function loadIntoKindCluster({ file }: ImageArchive): Promise<void> {
  await run('kind', ['load', 'image-archive', file, '--name', name]);
}

/** Ends the cluster, if it stands. */
export async function removeKindCluster(): Promise<void> {
  await run('kind', ['delete', 'cluster', '--name', name]);
}
