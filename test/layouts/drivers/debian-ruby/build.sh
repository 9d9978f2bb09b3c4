#!/bin/bash
# Lays Ruby and Rails from Debian's stable, which do not change, into a folder beside the machine's own packages.
set -euo pipefail
mmdebstrap --variant=extract --include=ruby-activerecord,ruby-railties,ruby-rack-session,ruby-pg,ruby-mysql2 \
  --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' trixie "$1"
