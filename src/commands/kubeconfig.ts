import { KubeConfig } from '@kubernetes/client-node';

/** Apart from the rest, so that a bundle holds no more of client-node than this needs. */
export const newKubeconfig = (): KubeConfig => new KubeConfig();

export function loadKubeconfig(): KubeConfig {
  const config = newKubeconfig();
  config.loadFromDefault();
  return config;
}
