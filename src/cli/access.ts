import type { Cluster, KubeConfig } from '@kubernetes/client-node';
import { ApiServer } from '../kube/api-server.ts';
import { isHttpProxy } from '../kube/http.ts';
import { usageError } from './cli-error.ts';
import { credentialsError, kubeconfigError } from './kubeconfig-error.ts';
import { programVersion } from './version.ts';

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

/** Where client-node looks for a kubeconfig, for a person. */
const placeOf = ({ kubeconfig }: AccessOptions): string =>
  kubeconfig ?? (process.env['KUBECONFIG'] || '~/.kube/config');

const noKubeconfig =
  'Expected a kubeconfig with a current context: set KUBECONFIG, or give --kubeconfig or --context';

/** Without any kubeconfig, client-node takes a cluster of its own invention. */
const isInvented = (config: KubeConfig): boolean =>
  config.getCurrentContext() === 'loaded-context' &&
  config.getCurrentCluster()?.server === 'http://localhost:8080';

function loadFrom({ kubeconfig }: AccessOptions, config: KubeConfig): void {
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
}

function chooseContext({ context }: AccessOptions, config: KubeConfig): void {
  if (context === undefined) return;
  if (!config.getContextObject(context)) {
    const names = config.getContexts().map(({ name }) => name);
    throw usageError(
      `Expected a context of the kubeconfig, one of ${names.join(', ') || 'none'}; got "${context}"`,
    );
  }
  config.setCurrentContext(context);
}

/** Throws for a cluster that kubectl may use, and this program does not. */
function requireUsable({ name, server, skipTLSVerify, proxyUrl }: Cluster): void {
  if (server?.startsWith('http:') && !skipTLSVerify)
    throw usageError(
      `Expected insecure-skip-tls-verify: true of cluster ${name} in the kubeconfig, because ${server} has no TLS`,
    );
  if (proxyUrl && !isHttpProxy(proxyUrl))
    throw usageError(
      `Expected proxy-url of cluster ${name} in the kubeconfig to begin with http:// or https://; found another kind of proxy`,
    );
}

/** The loaded kubeconfig; its errors, and later those of its credentials, are CliErrors. */
function configured(options: AccessOptions, config: KubeConfig): KubeConfig {
  try {
    loadFrom(options, config);
  } catch (error) {
    throw kubeconfigError(error, placeOf(options));
  }
  chooseContext(options, config);
  const cluster = config.getCurrentCluster();
  if (!cluster || isInvented(config)) throw usageError(noKubeconfig);
  requireUsable(cluster);
  const apply = config.applyToHTTPSOptions.bind(config);
  config.applyToHTTPSOptions = async (requestOptions) => {
    const user = config.getCurrentUser();
    await apply(requestOptions).catch((error: unknown) => {
      throw credentialsError(error, user?.exec?.command ?? user?.authProvider?.name);
    });
  };
  return config;
}

/** Opens the cluster that the options and the kubeconfig name. */
export async function openAccess(options: AccessOptions): Promise<Access> {
  const { newKubeconfig } = await import('../commands/kubeconfig.ts');
  const config = configured(options, newKubeconfig());
  const server = new ApiServer({
    loadConfig: () => configured(options, newKubeconfig()),
    userAgent: `sessionstore-cli/${programVersion}`,
  });
  const namespace =
    options.namespace ?? config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  return { server, namespace, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
