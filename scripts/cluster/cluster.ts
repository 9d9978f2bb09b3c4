import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buildImages, type ImageArchive, type ImageName } from './images.ts';
import { kindIsInstalled, loadIntoKindCluster, makeKindCluster, removeKindCluster } from './kind.ts';
import { kubectl } from './kubectl.ts';
import { kubernetesPrograms } from './kubernetes.ts';
import { withLock } from './lock.ts';
import { loadIntoOwnCluster, ownCluster, removeOwnCluster } from './own-cluster.ts';
import { removeAbandonedDirectories } from './owned-directory.ts';
import { stateDirectory } from './paths.ts';
import { run, step } from './run.ts';

/** A cluster with a node, where pods run. */
export interface Cluster {
  /** `named`: an existing cluster, by SESSION_STORE_KUBECONFIG. `kind` and `own` are made here. */
  readonly kind: 'named' | 'kind' | 'own';
  readonly kubeconfig: string;
  /** Makes images known to the cluster; those that it has as they are now are not loaded again. */
  load(archives: readonly ImageArchive[]): Promise<void>;
}

const ownDirectory = path.join(stateDirectory, 'own');
const madeKubeconfig = path.join(stateDirectory, 'kubeconfig');
const kindMark = path.join(stateDirectory, 'kind');
const locked = <T>(action: () => Promise<T>) => withLock(path.join(stateDirectory, 'lock'), action);

/** The kubeconfig of the cluster that `ensureCluster` gives, which need not be there yet. */
export const clusterKubeconfig = (): string => process.env['SESSION_STORE_KUBECONFIG'] || madeKubeconfig;

/**
 * A cluster that is ready: the one that SESSION_STORE_KUBECONFIG names; else the one that stands; else a new one,
 * by kind where that can be used, otherwise of Kubernetes' own programs. It stays until `removeCluster`.
 */
export async function ensureCluster(): Promise<Cluster> {
  const named = process.env['SESSION_STORE_KUBECONFIG'];
  if (named) return namedCluster(named);
  return locked(async () => {
    await linkKubectl();
    if (existsSync(kindMark)) return kindCluster();
    if (existsSync(ownDirectory) || !(await kindIsInstalled())) return ownNodeCluster();
    return kindCluster().catch((error: Error) => {
      process.stderr.write(
        `  kind made no cluster, so one is built here: ${error.message.split('\n').at(-1)}\n`,
      );
      return ownNodeCluster();
    });
  });
}

/**
 * Ends the cluster of this checkout and all of its processes, and what programs that are gone left. Control planes of a
 * test or benchmark that runs end with it.
 */
export async function removeCluster(): Promise<void> {
  await locked(async () => {
    await removeAbandonedDirectories();
    if (existsSync(kindMark)) await removeKindCluster();
    await removeOwnCluster(ownDirectory);
    for (const file of [kindMark, madeKubeconfig]) await rm(file, { force: true });
  });
}

/** Builds images, if they are not as their inputs are now, and makes them known to the cluster. */
export async function loadImages(cluster: Cluster, names: readonly ImageName[]): Promise<void> {
  await cluster.load(await locked(() => buildImages(names)));
}

/** The cluster of $KUBECONFIG; if that is not set, or names the one made here, the one that `ensureCluster` gives. */
export async function currentCluster(): Promise<Cluster> {
  const named = process.env['KUBECONFIG'];
  return named && path.resolve(named) !== madeKubeconfig ? namedCluster(named) : ensureCluster();
}

async function namedCluster(kubeconfig: string): Promise<Cluster> {
  await kubectl(kubeconfig, 'get', '--raw=/readyz');
  const load = async (archives: readonly ImageArchive[]) => {
    for (const { name, file } of archives) await step(`load ${name}`, () => loadByCommand(file));
  };
  return { kind: 'named', kubeconfig, load };
}

/** Only the owner of an existing cluster knows how images get into it. */
async function loadByCommand(file: string): Promise<void> {
  const command = process.env['SESSION_STORE_LOAD_IMAGE'];
  if (command) {
    await run('sh', ['-c', `${command} "$1"`, 'sh', file]);
    return;
  }
  throw new Error(
    'Set SESSION_STORE_LOAD_IMAGE to a command that brings an image archive into the cluster that ' +
      '$KUBECONFIG or $SESSION_STORE_KUBECONFIG names; the path of the archive is added to it. Example: "kind load image-archive"',
  );
}

async function kindCluster(): Promise<Cluster> {
  await step('cluster by kind', () => makeKindCluster(madeKubeconfig));
  await writeFile(kindMark, '');
  const load = (archives: readonly ImageArchive[]) =>
    locked(async () => {
      for (const archive of archives) await step(`load ${archive.name}`, () => loadIntoKindCluster(archive));
    });
  return { kind: 'kind', kubeconfig: madeKubeconfig, load };
}

async function ownNodeCluster(): Promise<Cluster> {
  const cluster = await ownCluster(ownDirectory);
  await copyFile(cluster.kubeconfig, madeKubeconfig);
  const load = (archives: readonly ImageArchive[]) =>
    locked(async () => {
      for (const archive of archives) await loadIntoOwnCluster(cluster, archive);
    });
  return { kind: 'own', kubeconfig: madeKubeconfig, load };
}

/** Puts the kubectl that fits the made clusters where people find it: `.cluster/bin`. */
async function linkKubectl(): Promise<void> {
  const program = path.join(await kubernetesPrograms(), 'kubectl');
  const link = path.join(stateDirectory, 'bin/kubectl');
  await mkdir(path.dirname(link), { recursive: true });
  await rm(link, { force: true });
  await symlink(program, link);
}
