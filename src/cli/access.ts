import { existsSync } from 'node:fs';
import type { KubeConfig } from '@kubernetes/client-node';
import { ApiServer } from '../kube/api-server.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

/** The options that choose a cluster and a namespace; every command that talks to the cluster has them. */
export interface AccessOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

/** The cluster as a person reaches it: with their own kubeconfig and rights. */
export interface Access extends AsyncDisposable {
  readonly server: ApiServer;
  /** The namespace of the option, of the context, or `default`. */
  readonly namespace: string;
}

function configured({ kubeconfig, context }: AccessOptions, config: KubeConfig): KubeConfig {
  if (kubeconfig === undefined) config.loadFromDefault();
  else if (existsSync(kubeconfig)) config.loadFromFile(kubeconfig);
  else throw new CliError(exitCodes.usage, `Expected a kubeconfig in ${kubeconfig}; the file does not exist`);
  if (context === undefined) return config;
  if (!config.getContextObject(context)) {
    const names = config.getContexts().map(({ name }) => name);
    throw new CliError(
      exitCodes.usage,
      `Expected a context of the kubeconfig, one of ${names.join(', ') || 'none'}; got "${context}"`,
    );
  }
  config.setCurrentContext(context);
  return config;
}

/** Opens the cluster that the options and the kubeconfig name. */
export async function openAccess(options: AccessOptions): Promise<Access> {
  const { newKubeconfig } = await import('../commands/kubeconfig.ts');
  const load = () => configured(options, newKubeconfig());
  const config = load();
  if (!config.getCurrentCluster())
    throw new CliError(
      exitCodes.usage,
      'Expected a kubeconfig with a current context: set KUBECONFIG, or give --kubeconfig or --context',
    );
  const server = new ApiServer({ loadConfig: load });
  const namespace =
    options.namespace ?? config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  return { server, namespace, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
