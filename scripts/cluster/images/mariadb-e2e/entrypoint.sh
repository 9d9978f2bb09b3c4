#!/bin/sh
# Makes a data folder at the first start and serves it on port 3306.
#   MARIADB_ROOT_PASSWORD  of `root` from anywhere (required); by the socket /tmp/mariadb.sock root needs none
#   MARIADB_DATA           default /tmp/data; a folder on a volume keeps the data
# Arguments are the server's: --name=value
set -eu
data="${MARIADB_DATA:-/tmp/data}"
# The directory is complete under this name; it has another one while it is being created.
if [ ! -d "$data" ]; then
  password=$(printf '%s' "${MARIADB_ROOT_PASSWORD:?Set MARIADB_ROOT_PASSWORD}" | sed "s/[\\\\']/\\\\&/g")
  rm -rf "$data.new"
  mariadb-install-db --no-defaults --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve \
    --datadir="$data.new" >/dev/null
  mariadbd --no-defaults --datadir="$data.new" --bootstrap --silent-startup <<SQL
FLUSH PRIVILEGES;
DELETE FROM mysql.global_priv WHERE NOT (User IN ('root', 'mariadb.sys') AND Host = 'localhost');
FLUSH PRIVILEGES;
CREATE USER root@'%' IDENTIFIED BY '$password';
GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;
SQL
  mv "$data.new" "$data"
fi
exec mariadbd --no-defaults --datadir="$data" --socket=/tmp/mariadb.sock --pid-file=/tmp/mariadb.pid --port=3306 \
  --bind-address=0.0.0.0 --skip-name-resolve "$@"
