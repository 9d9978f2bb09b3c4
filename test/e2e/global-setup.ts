import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureCluster, loadImages } from '../../scripts/cluster/cluster.ts';
import { install } from '../../scripts/cluster/install.ts';
import { kubernetesPrograms } from '../../scripts/cluster/kubernetes.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The kubeconfig of a cluster with the operator in it. */
    kubeconfig: string;
    /** The path of kubectl. */
    kubectl: string;
  }
}

/** Gives the e2e tests a cluster with the operator in it; both stay, to be used again. */
export async function setup(project: TestProject): Promise<void> {
  const cluster = await ensureCluster();
  await loadImages(cluster, ['postgres-e2e:15', 'mariadb-e2e:10.11', 'session3-e2e:3.4.1']);
  await install(cluster, path.join(import.meta.dirname, 'install'));
  project.provide('kubeconfig', cluster.kubeconfig);
  project.provide('kubectl', path.join(await kubernetesPrograms(), 'kubectl'));
}
