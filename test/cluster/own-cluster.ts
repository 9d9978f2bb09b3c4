import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { components } from './components.ts';
import { kubeconfigPath, startControlPlane } from './control-plane.ts';
import { allRunning, endDaemons } from './daemon.ts';
import { buildImages, type ImageArchive } from './images.ts';
import { kubectl } from './kubectl.ts';
import { freeSlot, type Network, networkOf } from './network.ts';
import { onNode, startNode, stopNode } from './node.ts';
import { pauseImage } from './node-config.ts';
import { step, until } from './run.ts';

/** A cluster that is made on this machine of its own programs, in one directory that holds all there is of it. */
export interface OwnCluster {
  readonly directory: string;
  readonly kubeconfig: string;
  readonly network: Network;
}

/** The cluster of this directory: the one that stands there or, if none does, a new one. */
export async function ownCluster(directory: string, outlivesUs = true): Promise<OwnCluster> {
  const standing = describe(directory);
  if (standing !== undefined && (await isHealthy(standing))) return standing;
  await removeOwnCluster(directory);
  await mkdir(directory, { recursive: true });
  const slot = await freeSlot();
  // Written first, so that what a crash leaves can be found.
  await writeFile(path.join(directory, 'slot'), `${slot}`);
  const cluster = clusterOf(directory, slot);
  try {
    await step('control plane', () => startPlane(cluster, outlivesUs));
    await step('node', () => startReadyNode(cluster, outlivesUs));
    for (const archive of await buildImages([pauseImage])) await loadIntoOwnCluster(cluster, archive);
    return cluster;
  } catch (error) {
    await endEverything(cluster);
    throw error;
  }
}

/** Ends the cluster of this directory, whatever state it is in, and removes all there is of it. */
export async function removeOwnCluster(directory: string): Promise<void> {
  const cluster = describe(directory);
  if (cluster !== undefined) await endEverything(cluster);
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

function clusterOf(directory: string, slot: number): OwnCluster {
  const kubeconfig = kubeconfigPath(planeDirectory(directory), 'admin');
  return { directory, kubeconfig, network: networkOf(slot) };
}

function describe(directory: string): OwnCluster | undefined {
  const file = path.join(directory, 'slot');
  return existsSync(file) ? clusterOf(directory, Number(readFileSync(file, 'utf8'))) : undefined;
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
  const controlPlane = planeDirectory(directory);
  await startNode({ directory: nodeDirectory(directory), controlPlane, network, outlivesUs });
  await until('the node to be ready', 60_000, () => nodeIsReady(kubeconfig));
}

async function endEverything({ directory, network }: OwnCluster): Promise<void> {
  await stopNode(nodeDirectory(directory), network);
  await endDaemons(planeDirectory(directory));
}
