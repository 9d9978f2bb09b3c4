import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { components } from './components.ts';
import { kubeconfigPath, startControlPlane } from './control-plane.ts';
import { allRunning, assertRunning, endDaemons } from './daemon.ts';
import { buildImages, type ImageArchive } from './images.ts';
import { kubectl } from './kubectl.ts';
import { kubernetesPrograms } from './kubernetes.ts';
import { withLock } from './lock.ts';
import { freeSlot, type Network, networkOf } from './network.ts';
import { onNode, startNode, stopNode } from './node.ts';
import { pauseImage } from './node-config.ts';
import { step, until } from './run.ts';

/** A cluster that is made on this machine of its own programs, in one directory that holds all there is of it. */
export interface OwnCluster {
  readonly directory: string;
  readonly kubeconfig: string;
  readonly network: Network;
  /** The directory of the programs that it runs. */
  readonly programs: string;
}

const needsRoot =
  'Only root can make a cluster of its own programs. Run this as root, or install kind and a docker engine, or name ' +
  'a cluster in SESSION_STORE_KUBECONFIG.';

/** The cluster of this directory: the one that stands there whole and of these programs, or else a new one. */
export async function ownCluster(directory: string, outlivesUs = true): Promise<OwnCluster> {
  const programs = await kubernetesPrograms();
  const standing = describe(directory);
  if (standing?.programs === programs && (await isHealthy(standing))) return standing;
  if (process.getuid?.() !== 0) throw new Error(needsRoot);
  await removeOwnCluster(directory);
  const cluster = await withLock(machineLock, () => newCluster(directory, programs, outlivesUs));
  for (const archive of await buildImages([pauseImage])) await loadIntoOwnCluster(cluster, archive);
  return cluster;
}

/** The addresses are the machine's: while one process takes some, another, of any checkout, waits. */
export const machineLock = path.join(os.tmpdir(), 'session-store-operator.lock');

async function newCluster(directory: string, programs: string, outlivesUs: boolean): Promise<OwnCluster> {
  await mkdir(directory, { recursive: true });
  const kubeconfig = kubeconfigPath(planeDirectory(directory), 'admin');
  const cluster = { directory, kubeconfig, network: networkOf(await freeSlot()), programs };
  // Written first, so that what a crash leaves can be found.
  await writeFile(recordPath(directory), JSON.stringify(cluster));
  try {
    await step('control plane', () => startPlane(cluster, outlivesUs));
    await step('node', () => startReadyNode(cluster, outlivesUs));
    return cluster;
  } catch (error) {
    await endEverything(directory, cluster.network);
    throw error;
  }
}

/** Ends the cluster of this directory in any state, and removes all of its files. */
export async function removeOwnCluster(directory: string): Promise<void> {
  await endEverything(directory, describe(directory)?.network);
  await rm(directory, { recursive: true, force: true });
}

/** Makes an image known to the node; one that it has already in this state is not imported again. */
export async function loadIntoOwnCluster(
  { directory }: OwnCluster,
  { name, file, hash }: ImageArchive,
): Promise<void> {
  const mark = path.join(directory, `loaded-${path.basename(file)}`);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === hash) return;
  const ctr = ['ctr', '--address', '/run/containerd/containerd.sock', '--namespace', 'k8s.io'];
  await step(`load ${name}`, () => onNode(nodeDirectory(directory), ...ctr, 'images', 'import', file));
  await writeFile(mark, hash);
}

const nodeDirectory = (directory: string) => path.join(directory, 'node');
const planeDirectory = (directory: string) => path.join(directory, 'control-plane');

const recordPath = (directory: string) => path.join(directory, 'cluster.json');

/** The record of the cluster of this directory, if one was started. */
function describe(directory: string): OwnCluster | undefined {
  const file = recordPath(directory);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

async function isHealthy({ directory, kubeconfig }: OwnCluster): Promise<boolean> {
  if (!allRunning(planeDirectory(directory)) || !allRunning(nodeDirectory(directory))) return false;
  return nodeIsReady(kubeconfig).catch(() => false);
}

async function nodeIsReady(kubeconfig: string): Promise<boolean> {
  const status = '{.items[*].status.conditions[?(@.type=="Ready")].status}';
  return (await kubectl(kubeconfig, 'get', 'nodes', `--output=jsonpath=${status}`)) === 'True';
}

async function startPlane({ directory, network }: OwnCluster, outlivesUs: boolean): Promise<void> {
  await startControlPlane({
    directory: planeDirectory(directory),
    advertiseAddress: network.machine,
    serviceRange: network.services,
    components,
    outlivesUs,
  });
}

async function startReadyNode(
  { directory, kubeconfig, network }: OwnCluster,
  outlivesUs: boolean,
): Promise<void> {
  const [controlPlane, nodePlace] = [planeDirectory(directory), nodeDirectory(directory)];
  const id = await startNode({ directory: nodePlace, controlPlane, network, outlivesUs });
  await until('the node to be ready', 180_000, () => {
    assertRunning('node', id, nodePlace);
    return nodeIsReady(kubeconfig);
  });
}

async function endEverything(directory: string, network: Network | undefined): Promise<void> {
  await stopNode(nodeDirectory(directory), network);
  await endDaemons(planeDirectory(directory));
}
