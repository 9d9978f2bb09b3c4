import path from 'node:path';
import { operatorName } from '../../src/api/group.ts';
import { type Cluster, loadImages } from './cluster.ts';
import { kubectl } from './kubectl.ts';
import { operatorImages } from './operator-image.ts';
import { repository } from './paths.ts';
import { step } from './run.ts';

const deployment = ['--namespace=session-store-system', `deployment/${operatorName}`];

/**
 * Installs the CRD and the operator, built from this checkout, and waits until the operator is available.
 * @param kustomization the folder that says what is installed
 */
export async function install(
  cluster: Cluster,
  kustomization = path.join(repository, 'deploy'),
): Promise<void> {
  await loadImages(cluster, operatorImages);
  await step('install', () => apply(cluster.kubeconfig, kustomization));
}

async function apply(kubeconfig: string, kustomization: string): Promise<void> {
  const before = await kubectl(kubeconfig, 'get', '--ignore-not-found', '--output=name', ...deployment);
  await kubectl(kubeconfig, 'apply', '--server-side', '--force-conflicts', `--kustomize=${kustomization}`);
  // The image has the same name for any content.
  if (before !== '') await kubectl(kubeconfig, 'rollout', 'restart', ...deployment);
  await kubectl(kubeconfig, 'rollout', 'status', '--timeout=300s', ...deployment);
}
