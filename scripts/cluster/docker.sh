#!/bin/bash
# A docker engine that only builds images: process 1 of its own namespaces, without any network, started by docker.ts
# in the directory where it keeps its data. Only that data is left when it ends.
set -eu
mount --make-rshared /
mount -t tmpfs tmpfs /run
dockerd --data-root "$PWD/data" --exec-root /run/docker --pidfile /run/docker.pid --host unix:///run/docker.sock \
  --bridge none --iptables=false --ip-forward=false --ip-masq=false >>dockerd.log 2>&1 &
wait -n
