import { existsSync, readFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import type { ApiConfig } from '../kube/api-server.ts';

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The kubelet renews the token of a pod, long before the old one ends. */
const tokenMs = 60_000;

/** The configuration of a pod: its service account's token, and the address in its environment. */
export function podConfig(env = process.env, directory = serviceAccount): ApiConfig {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port } = env;
  const read = (name: string) => readFileSync(path.join(directory, name), 'utf8');
  const ca = read('ca.crt');
  const namespace = read('namespace').trim();
  let token = { text: read('token').trim(), readAt: Date.now() };
  const name = 'pod';
  return {
    getCurrentCluster: () => ({
      name,
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      skipTLSVerify: false,
    }),
    getCurrentContext: () => name,
    getContextObject: () => ({ name, cluster: name, user: name, namespace }),
    applyToHTTPSOptions: async (options: RequestOptions) => {
      if (Date.now() - token.readAt > tokenMs) token = { text: read('token').trim(), readAt: Date.now() };
      options.ca = ca;
      options.headers = { authorization: `Bearer ${token.text}` };
    },
  };
}

/**
 * Returns the function that loads the configuration: from the file that $KUBECONFIG names or ~/.kube/config, else that
 * of the pod. client-node, which reads every kind of kubeconfig, takes 50 MiB and half a second: in a pod it is not
 * loaded.
 */
export async function configLoader(env = process.env): Promise<() => ApiConfig> {
  const isFile = Boolean(env['KUBECONFIG']) || existsSync(path.join(homedir(), '.kube/config'));
  if (!isFile && existsSync(path.join(serviceAccount, 'token'))) return () => podConfig(env);
  const { loadKubeconfig } = await import('./kubeconfig.ts');
  return loadKubeconfig;
}
