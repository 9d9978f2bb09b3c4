import { copyFile, mkdir, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeControlGroup, removeControlGroup } from './cgroups.ts';
import { kubeconfigPath } from './control-plane.ts';
import { assertRunning, endDaemons, type ProcessId, recordOf } from './daemon.ts';
import { kubernetesPrograms } from './kubernetes.ts';
import { insideNamespaces, startInNamespaces } from './namespaces.ts';
import { linkNode, linkToGo, type Network } from './network.ts';
import { nodeFiles } from './node-config.ts';
import { run } from './run.ts';

/** Where a node is, and which control plane it joins. */
export interface NodeOptions {
  readonly directory: string;
  /** The directory of its control plane: credentials are there. */
  readonly controlPlane: string;
  readonly network: Network;
  readonly outlivesUs: boolean;
}

const overlayMagic = 0x794c7630;

/** The user with which each daemon calls the API server. */
const kubeconfigs = [
  ['kubelet', 'system:node:node'],
  ['kube-proxy', 'system:kube-proxy'],
  ['coredns', 'system:coredns'],
] as const;

/**
 * Starts a node in namespaces of its own (node.sh), so that the kernel cleans up after it. Its first process
 * runs when this returns, and it will soon be Ready.
 */
export async function startNode({
  directory,
  controlPlane,
  network,
  outlivesUs,
}: NodeOptions): Promise<ProcessId> {
  const programs = await kubernetesPrograms();
  for (const name of ['cni', 'log', 'volumes']) await mkdir(path.join(directory, name), { recursive: true });
  // An overlay cannot be mounted on another, as it would where the checkout itself is in a container.
  const snapshotter = (await statfs(directory)).type === overlayMagic ? 'native' : 'overlayfs';
  for (const [name, content] of Object.entries(nodeFiles(network, snapshotter))) {
    await writeFile(path.join(directory, name), content);
  }
  await copyFile(path.join(controlPlane, 'ca.crt'), path.join(directory, 'ca.crt'));
  for (const [name, user] of kubeconfigs) {
    await copyFile(kubeconfigPath(controlPlane, user), path.join(directory, `${name}.kubeconfig`));
  }
  await makeControlGroup(network.link);
  const args = [programs, network.node, network.machine];
  const id = await startInNamespaces('node', args, { directory, outlivesUs });
  await linkNode(network, id.pid).catch((error) => {
    assertRunning('node', id, directory);
    throw error;
  });
  return id;
}

/** Runs a command with the node's files in sight, such as its sockets. */
export function onNode(directory: string, ...command: readonly string[]): Promise<string> {
  const [program = 'nsenter', ...args] = insideNamespaces('node', directory, ...command);
  return run(program, args);
}

/** Ends the node, with all that runs on it, and gives its control group back, if its network is known. */
export async function stopNode(directory: string, network: Network | undefined): Promise<void> {
  // Where it does not run, a link of that name may be another cluster's by now.
  const link = recordOf('node', directory) && network?.link;
  await endDaemons(directory);
  if (link !== undefined) await linkToGo(link);
  if (network !== undefined) await removeControlGroup(network.link);
}
