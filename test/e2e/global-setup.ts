import { rmSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { clusterKubeconfig, ensureCluster, loadImages } from '../../scripts/cluster/cluster.ts';
import { install } from '../../scripts/cluster/install.ts';
import { programsDirectory } from '../../scripts/cluster/kubernetes.ts';
import { stateDirectory } from '../../scripts/cluster/paths.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The kubeconfig of a cluster with the operator in it. */
    kubeconfig: string;
    /** The path of kubectl. */
    kubectl: string;
    /** A file that appears once the cluster is ready; it contains the error, or is empty. */
    clusterIsReady: string;
  }
}

const mark = path.join(stateDirectory, `ready-${process.pid}`);

/** A cluster with the operator in it; both stay, to be used again. */
async function prepare(): Promise<void> {
  const cluster = await ensureCluster();
  await loadImages(cluster, ['postgres-e2e:15', 'mariadb-e2e:10.11', 'session3-e2e:3.4.1']);
  await install(cluster, path.join(import.meta.dirname, 'install'));
}

async function prepareAndTell(): Promise<void> {
  // An earlier process of the same id may have been killed; no file of tests looks before this returns.
  rmSync(mark, { force: true });
  const failure = await prepare().then(
    () => '',
    (error: Error) => error.stack ?? String(error),
  );
  await mkdir(stateDirectory, { recursive: true });
  await writeFile(`${mark}.partial`, failure);
  await rename(`${mark}.partial`, mark);
}

/** Two projects begin with it. */
const once = globalThis as { clusterPreparation?: Promise<void> };

/** Begins to prepare the cluster, which other kinds of tests need not wait for. */
export function setup(project: TestProject): () => Promise<void> {
  project.provide('kubeconfig', clusterKubeconfig());
  project.provide('kubectl', path.join(programsDirectory(), 'kubectl'));
  project.provide('clusterIsReady', mark);
  once.clusterPreparation ??= prepareAndTell();
  return async () => {
    await once.clusterPreparation;
    await rm(mark, { force: true });
  };
}
