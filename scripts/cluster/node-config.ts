import type { Network } from './network.ts';

/** The files that the node's daemons read at their start, by name; node.sh says where each is used. */
export function nodeFiles(network: Network, snapshotter: string): Readonly<Record<string, string>> {
  return {
    Corefile: corefile,
    'resolv.conf': `nameserver ${network.node}\n`,
    'containerd.toml': containerdConfig(snapshotter),
    'cni/10-pods.conflist': json(podNetwork(network)),
    'kubelet.yaml': json(kubeletConfig(network)),
    'kube-proxy.yaml': json(kubeProxyConfig(network)),
  };
}

/** The name of the image that holds every pod's namespaces together. */
export const pauseImage = 'session-store-operator/pause:1';

const containerdConfig = (snapshotter: string) => `version = 2
root = "/run/node/containerd"
state = "/run/containerd"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Without CAP_SYS_RESOURCE nobody may make a process harder to kill.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/run/node/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "${snapshotter}"
`;

/** Each pod has a link of its own to the node, and the node routes: that needs no bridge and no masquerade. */
const podNetwork = ({ pods }: Network) => ({
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'ptp',
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: pods }]],
        routes: [{ dst: '0.0.0.0/0' }],
        dataDir: '/run/node/cni-addresses',
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
});

/** Names of Services are known, and that no other name exists is known at once. */
const corefile = `cluster.local {
  errors
  kubernetes {
    kubeconfig coredns.kubeconfig
  }
}
. {
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`;

const kubeletConfig = ({ link, node }: Network) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: false },
    x509: { clientCAFile: '/run/node/ca.crt' },
  },
  // Only the API server has a certificate of that authority.
  authorization: { mode: 'AlwaysAllow' },
  containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${link}`,
  failCgroupV1: false,
  failSwapOn: false,
  resolvConf: '',
  clusterDNS: [node],
  clusterDomain: 'cluster.local',
  serializeImagePulls: false,
  volumePluginDir: '/run/node/volume-plugins',
  // Images are imported, not pulled: one that was collected would be gone for good.
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
  evictionHard: { 'memory.available': '50Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
});

const kubeProxyConfig = ({ pods }: Network) => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  clientConnection: { kubeconfig: '/run/node/kube-proxy.kubeconfig' },
  hostnameOverride: 'node',
  mode: 'iptables',
  clusterCIDR: pods,
  // The limits of connection tracking are the machine's, not ours to set.
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
});

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
