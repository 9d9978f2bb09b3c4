import path from 'node:path';
import { kubernetesPrograms } from './kubernetes.ts';
import { type RunOptions, run } from './run.ts';

/** Runs kubectl against a cluster and gives its output. */
export async function kubectl(kubeconfig: string, ...args: readonly string[]): Promise<string> {
  return kubectlWith({}, kubeconfig, ...args);
}

/** Applies manifests, given as objects, to a cluster. */
export async function applyObjects(kubeconfig: string, ...objects: readonly object[]): Promise<string> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  return kubectlWith({ input }, kubeconfig, 'apply', '--filename=-');
}

async function kubectlWith(
  options: RunOptions,
  kubeconfig: string,
  ...args: readonly string[]
): Promise<string> {
  const program = path.join(await kubernetesPrograms(), 'kubectl');
  // By the environment, since it may be a list of files as there.
  return run(program, args, { ...options, env: { ...process.env, KUBECONFIG: kubeconfig } });
}
