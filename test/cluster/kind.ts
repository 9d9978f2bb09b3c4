import { writeFile } from 'node:fs/promises';
import type { ImageArchive } from './images.ts';
import { run } from './run.ts';

// This way to a cluster is for people's machines; the project's own CI has no registry to get the node image from.
const name = 'session-store-operator';
const nodeImage = 'kindest/node:v1.36.3';

/** Whether kind can be used: program and engine are there, and so is the node's image, or it can be pulled. */
export async function kindIsAvailable(): Promise<boolean> {
  return (
    (await succeeds('kind', 'version')) &&
    (await succeeds('docker', 'version')) &&
    (await nodeImageIsAvailable())
  );
}

/** Makes a cluster with kind, unless it stands, and writes its kubeconfig. */
export async function makeKindCluster(kubeconfig: string): Promise<void> {
  const clusters = (await run('kind', ['get', 'clusters'])).split('\n');
  if (!clusters.includes(name)) {
    await run('kind', [
      'create',
      'cluster',
      '--name',
      name,
      '--image',
      nodeImage,
      '--wait',
      '2m',
      '--kubeconfig',
      kubeconfig,
    ]);
  }
  await writeFile(kubeconfig, await run('kind', ['get', 'kubeconfig', '--name', name]), { mode: 0o600 });
}

export async function loadIntoKindCluster({ file }: ImageArchive): Promise<void> {
  await run('kind', ['load', 'image-archive', file, '--name', name]);
}

export async function removeKindCluster(): Promise<void> {
  await run('kind', ['delete', 'cluster', '--name', name]);
}

async function nodeImageIsAvailable(): Promise<boolean> {
  return (await succeeds('docker', 'image', 'inspect', nodeImage)) || succeeds('docker', 'pull', nodeImage);
}

function succeeds(command: string, ...args: readonly string[]): Promise<boolean> {
  return run(command, args).then(
    () => true,
    () => false,
  );
}
