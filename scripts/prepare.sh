#!/bin/bash
# Installs what a Debian 12 with Node, npm, Go, gcc and Python lacks for the tests and the demo: Debian packages and
# node_modules, where Node 24 is. Silent and quick when everything is installed; needs root only for missing packages.
# With the argument `packages`: node_modules alone.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "prepare: $*" >&2
  exit 1
}

# Runs a command with one line on the screen; its output is shown only if it fails.
step() {
  local name=$1 started=$SECONDS log
  shift
  log=$(mktemp)
  printf '  %s … ' "$name" >&2
  if "$@" >"$log" 2>&1; then
    echo "$((SECONDS - started)) s" >&2
    rm "$log"
  else
    echo failed >&2
    tail -n 30 "$log" >&2
    fail "this failed: $* (whole output: $log)"
  fi
}

# Required Debian packages, each with a program or file that shows that it is installed.
needed=(
  # the node of the test cluster
  containerd:containerd runc:runc /usr/lib/cni/ptp:containernetworking-plugins iptables:iptables conntrack:conntrack
  ip:iproute2 modprobe:kmod unshare:util-linux mount:mount openssl:openssl
  # file systems that are filled
  mkfs.ext4:e2fsprogs mkfs.btrfs:btrfs-progs
  # images
  mmdebstrap:mmdebstrap /usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring
  dockerd:docker.io docker:docker.io
  # servers to test against
  /usr/lib/postgresql/15/bin/postgres:postgresql-15 pgbouncer:pgbouncer mariadbd:mariadb-server
  # the stores whose library is Python: pip fetches it, and builds what their tests drive
  /usr/lib/python3.11/lib-dynload/_gdbm.*.so:python3-gdbm pip3:python3-pip
  /usr/lib/python3.11/ensurepip:python3-venv /usr/include/python3.11/Python.h:python3-dev
  # shells that the command line completes in
  zsh:zsh fish:fish
  # session libraries of Java and Rust; the package cargo has a Rust that is too old for them
  javac:openjdk-17-jdk-headless mvn:maven cargo:cargo-web
)

missing_packages() {
  local item
  for item in "${needed[@]}"; do
    # Unquoted: some are patterns.
    # shellcheck disable=SC2086
    command -v "${item%:*}" >/dev/null || ls ${item%:*} >/dev/null 2>&1 || echo "${item##*:}"
  done | sort -u
}

# Tests start their servers themselves: a server must not run because it was installed, neither now nor after a boot.
install_packages() {
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
    trap 'rm -f /usr/sbin/policy-rc.d' RETURN
  fi
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
  if [ -d /run/systemd/system ]; then
    for unit in containerd docker.socket docker postgresql pgbouncer mariadb; do
      systemctl is-active --quiet $unit || systemctl disable --quiet $unit 2>/dev/null || true
    done
  fi
}

# All that tests and clusters need. To build the program, `prepare.sh packages` is enough, on any system with Node.
prepare_machine() {
  local program packages
  for program in node npm go gcc python3; do
    command -v "$program" >/dev/null || fail "$program is missing. Install it, then run this again."
  done
  (cd scripts/cluster/kubernetes && go list -m >/dev/null) ||
    fail "$(go version) is too old to build Kubernetes. Install the version that scripts/cluster/kubernetes/go.mod names."

  PATH=$PATH:/usr/sbin:/sbin
  mapfile -t packages < <(missing_packages)
  if [ ${#packages[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || fail "these Debian packages are missing, and here is no apt-get: ${packages[*]}"
    [ "$(id -u)" = 0 ] || fail "these Debian packages are missing: ${packages[*]}. Install them, or run this as root."
    step "Debian packages: ${packages[*]}" install_packages "${packages[@]}"
  fi
}

for program in node npm; do
  command -v "$program" >/dev/null || fail "$program is missing. Install it, then run this again."
done
[ "${1:-}" = packages ] || prepare_machine

# npm writes a copy of the lock when it has finished. An older copy may still be right.
installed=node_modules/.package-lock.json
if [ ! -e $installed ] || { [ package-lock.json -nt $installed ] && ! npm ls --all >/dev/null 2>&1; }; then
  step 'npm packages, Node 24 among them' npm ci --no-audit --no-fund
fi
touch $installed
