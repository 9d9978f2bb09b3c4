import { KubeConfig } from '@kubernetes/client-node';

/** Apart from the rest, so that a bundle holds no more of client-node than this needs. */
export function loadKubeconfig(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromDefault();
  return config;
}
