import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Agent, fetch } from 'undici';
import { argumentsOf, type Component, components, etcdSocketName } from './components.ts';
import { type Credentials, type User, writeCredentials } from './credentials.ts';
import { assertRunning, endDaemons, endProcess, type ProcessId, startDaemon } from './daemon.ts';
import { freePort } from './free-port.ts';
import { kubernetesPrograms } from './kubernetes.ts';
import { newOwnedDirectory, removeOwnedDirectory } from './owned-directory.ts';
import { until } from './run.ts';

/** Settings of a control plane that nodes will join; the defaults are for one without nodes. */
export interface ControlPlaneOptions {
  /** An empty directory of its own; by default a new one that `stop` removes. */
  readonly directory?: string;
  /** The address by which nodes and pods reach the API server; without one it listens on loopback only. */
  readonly advertiseAddress?: string;
  readonly serviceRange?: string;
  /** Whether it stays when this process ends. */
  readonly outlivesUs?: boolean;
  readonly components?: readonly Component[];
  /** The controllers that run, as the controller manager's flag takes them; the default is all. */
  readonly controllers?: string;
}

/** A running control plane. Its parts can be ended and started again, for tests of what happens then. */
export interface ControlPlane {
  /** The API server's URL. */
  readonly server: string;
  /** The path of a kubeconfig that may do everything. */
  readonly kubeconfig: string;
  /** The administrator's bearer token. */
  readonly token: string;
  /** The certificate authority of the API server, in PEM. */
  readonly ca: string;
  /** Where the programs' logs are: `<component>.log`. */
  readonly directory: string;
  /** Starts a part that `end` ended, and waits until it is ready. */
  start(component: Component): Promise<void>;
  /** Ends a part: gracefully within `graceMs`, then (0: at once) with force. */
  end(component: Component, graceMs?: number): Promise<void>;
  /** Ends everything, and forgets all that was stored. */
  stop(): Promise<void>;
}

/**
 * Starts a real Kubernetes without nodes: objects are stored, admitted, defaulted and collected, and Pods are
 * made of Jobs of CronJobs, but no pod runs. It is ready in seconds, and as many can run as there is memory for.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const programs = await kubernetesPrograms();
  const directory = options.directory ?? (await newOwnedDirectory());
  await mkdir(directory, { recursive: true });
  const { advertiseAddress, serviceRange = '10.96.0.0/16', controllers } = options;
  const port = await freePort();
  const server = `https://127.0.0.1:${port}`;
  const addresses = [serviceRange.replace(/0\/\d+$/, '1'), ...(advertiseAddress ? [advertiseAddress] : [])];
  const credentials = await writeCredentials(directory, addresses);
  await writeKubeconfigs(directory, credentials, (user) =>
    nodeUsers.has(user) && advertiseAddress ? `https://${advertiseAddress}:${port}` : server,
  );
  const ready = readiness(directory, server, credentials);
  const processes = new Map<Component, ProcessId>();

  const start = async (component: Component) => {
    const id = startDaemon({
      name: component,
      command: path.join(programs, component),
      args: argumentsOf(component, { port, advertiseAddress, serviceRange, controllers }),
      directory,
      outlivesUs: options.outlivesUs ?? false,
    });
    processes.set(component, id);
    await until(`${component} to be ready`, 180_000, () => {
      assertRunning(component, id, directory);
      return ready[component]();
    });
  };
  const end = async (component: Component, graceMs = 10_000) => {
    const id = processes.get(component);
    if (id !== undefined) await endProcess(id, graceMs);
  };
  const stop = () => (options.directory ? endDaemons(directory) : removeOwnedDirectory(directory));

  try {
    for (const component of options.components ?? withoutNodes) await start(component);
  } catch (error) {
    await endDaemons(directory);
    throw error;
  }
  const kubeconfig = kubeconfigPath(directory, 'admin');
  return {
    server,
    kubeconfig,
    token: credentials.tokens.admin,
    ca: credentials.ca,
    directory,
    start,
    end,
    stop,
  };
}

const withoutNodes = components.filter((component) => component !== 'kube-scheduler');

type Readiness = Record<Component, () => Promise<boolean>>;

/** For each component, whether what only it does has been done. */
function readiness(directory: string, server: string, { ca, tokens }: Credentials): Readiness {
  const dispatcher = new Agent({ connect: { ca } });
  const answers = async (url: string) => {
    const headers = { authorization: `Bearer ${tokens.admin}` };
    const response = await fetch(server + url, { headers, dispatcher, signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    return response.ok;
  };
  return {
    etcd: async () => existsSync(path.join(directory, etcdSocketName)),
    'kube-apiserver': () => answers('/readyz'),
    'kube-controller-manager': () => answers('/api/v1/namespaces/default/serviceaccounts/default'),
    'kube-scheduler': async () => true, // Pods wait for it.
  };
}

/** The path of the kubeconfig by which a user signs in to the control plane of this directory. */
export function kubeconfigPath(directory: string, user: User): string {
  return path.join(directory, `${user}.kubeconfig`);
}

/** Users that call from the node, which has its own loopback. */
const nodeUsers: ReadonlySet<User> = new Set(['system:node:node', 'system:kube-proxy', 'system:coredns']);

/** Writes a kubeconfig for each user; JSON is YAML, too. */
async function writeKubeconfigs(
  directory: string,
  credentials: Credentials,
  serverOf: (user: User) => string,
): Promise<void> {
  for (const user of Object.keys(credentials.tokens) as User[]) {
    const content = kubeconfig(serverOf(user), credentials, user);
    await writeFile(kubeconfigPath(directory, user), content, { mode: 0o600 });
  }
}

/** The text of a kubeconfig for one user. */
function kubeconfig(server: string, { ca, tokens }: Credentials, user: User): string {
  const name = 'session-store-operator';
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name: user, user: { token: tokens[user] } }],
    contexts: [{ name, context: { cluster: name, user } }],
    'current-context': name,
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}
