#!/bin/sh
# Makes a database cluster at the first start and serves it.
#   POSTGRES_PASSWORD  of the superuser `postgres` (required)
#   POSTGRES_DB        made at the first start, if set
#   PGDATA             default /tmp/pgdata; a folder on a volume keeps the data
# Arguments are the server's: -c name=value
set -eu
export PGDATA="${PGDATA:-/tmp/pgdata}"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf '%s' "${POSTGRES_PASSWORD:?Set POSTGRES_PASSWORD}" >/tmp/password
  initdb --username postgres --pwfile /tmp/password --auth-local trust --auth-host scram-sha-256 \
    --encoding UTF8 --locale C.UTF-8 --no-sync >/dev/null
  rm /tmp/password
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  if [ -n "${POSTGRES_DB:-}" ]; then
    echo "CREATE DATABASE \"$POSTGRES_DB\"" | postgres --single -jE postgres >/dev/null
  fi
fi
exec postgres -c listen_addresses='*' -c unix_socket_directories=/tmp "$@"
