/** The programs of a control plane, in the order in which they start. */
export const components = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
export type Component = (typeof components)[number];

/** Settings that distinguish one control plane from another. */
export interface ControlPlaneSettings {
  /** The API server's port, on loopback and, if nodes are to join, on every address. */
  readonly port: number;
  /** The address by which nodes and pods reach the API server; without one it listens on loopback only. */
  readonly advertiseAddress: string | undefined;
  readonly serviceRange: string;
  /** The controllers that run, as the controller manager's flag takes them; the default is all. */
  readonly controllers?: string | undefined;
}

/** The arguments of each program, which runs in the directory that holds the credentials. */
export function argumentsOf(component: Component, settings: ControlPlaneSettings): readonly string[] {
  return flags(componentFlags[component](settings));
}

// Only this directory's programs reach a socket in it, and it needs no free port.
// etcd insists on names that look like a host and a port.
export const etcdSocketName = 'etcd.sock:0';
const etcdSocket = `unix://${etcdSocketName}`;
const etcdPeerSocket = 'unix://etcd-peer.sock:0';

const componentFlags: Record<Component, (settings: ControlPlaneSettings) => Flags> = {
  etcd: () => ({
    'data-dir': 'etcd',
    'listen-client-urls': etcdSocket,
    'advertise-client-urls': etcdSocket,
    'listen-peer-urls': etcdPeerSocket,
    'initial-advertise-peer-urls': etcdPeerSocket,
    'initial-cluster': `default=${etcdPeerSocket}`,
    'unsafe-no-fsync': true,
    'log-level': 'warn',
  }),
  'kube-apiserver': ({ port, advertiseAddress, serviceRange }) => ({
    'etcd-servers': etcdSocket,
    'bind-address': advertiseAddress === undefined ? '127.0.0.1' : '0.0.0.0',
    'advertise-address': advertiseAddress ?? '127.0.0.1',
    'secure-port': port,
    'service-cluster-ip-range': serviceRange,
    'tls-cert-file': 'serving.crt',
    'tls-private-key-file': 'serving.key',
    'token-auth-file': 'tokens.csv',
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'allow-privileged': true,
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': 'service-account.key',
    'service-account-signing-key-file': 'service-account.key',
    'kubelet-client-certificate': 'kubelet-client.crt',
    'kubelet-client-key': 'kubelet-client.key',
    'kubelet-preferred-address-types': 'InternalIP',
    'shutdown-watch-termination-grace-period': '1s',
  }),
  'kube-controller-manager': ({ controllers = '*' }) => ({
    controllers,
    kubeconfig: 'system:kube-controller-manager.kubeconfig',
    'leader-elect': false,
    'secure-port': 0,
    'root-ca-file': 'ca.crt',
    'service-account-private-key-file': 'service-account.key',
    'use-service-account-credentials': true,
    // Tests make thousands of Jobs at once; the default of 20 requests a second would time the client, not us.
    'kube-api-qps': 500,
    'kube-api-burst': 1000,
    // A test waits for what these do: claims are bound, and nodes declared dead, sooner than by default.
    'pvclaimbinder-sync-period': '2s',
  }),
  'kube-scheduler': () => ({
    kubeconfig: 'system:kube-scheduler.kubeconfig',
    'leader-elect': false,
    'secure-port': 0,
  }),
};

type Flags = Readonly<Record<string, string | number | boolean>>;

function flags(values: Flags): readonly string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
