#!/bin/bash
# The node: process 1 of its own process, mount and network namespaces, started by node.ts in the node's directory.
# When this script ends, for any reason, the kernel ends everything on the node and forgets its mounts, links
# and packet filters. It ends when one of its daemons does.
# Arguments: directory of Kubernetes' programs, the node's address, the other end of its link to the machine.
set -eu
programs=$1 address=$2 gateway=$3

# The machine's other files are the node's, too; these places are its own. The last is for volumes of tests.
mount --make-rshared /
mount -t tmpfs tmpfs /run
mkdir /run/node && mount --bind "$PWD" /run/node
mount --bind log /var/log
# (A link into the old /run leads nowhere now, which is as good: a name server on loopback is asked then.)
[ -L /etc/resolv.conf ] || mount --bind resolv.conf /etc/resolv.conf
mkdir -p /var/lib/cni && mount -t tmpfs tmpfs /var/lib/cni
mkdir -p /var/lib/session-store-e2e && mount --bind volumes /var/lib/session-store-e2e
cd /run/node

until ip link show eth0 >/dev/null 2>&1; do sleep 0.02; done
ip link set lo up
ip address add "$address/30" dev eth0
ip link set eth0 up
ip route add default via "$gateway"
echo 1 >/proc/sys/net/ipv4/ip_forward

containerd --config containerd.toml >>containerd.log 2>&1 &
"$programs/kube-proxy" --config kube-proxy.yaml >>kube-proxy.log 2>&1 &
"$programs/coredns" Corefile >>coredns.log 2>&1 &
until [ -S /run/containerd/containerd.sock ]; do sleep 0.02; done
"$programs/kubelet" --config kubelet.yaml --kubeconfig kubelet.kubeconfig --root-dir /run/node/kubelet \
  --cert-dir /run/node/kubelet-certificates --hostname-override node --node-ip "$address" >>kubelet.log 2>&1 &
wait -n || true
echo 'One of the daemons has ended. The last lines of the log of each:'
tail --quiet --lines=2 containerd.log kube-proxy.log coredns.log kubelet.log
