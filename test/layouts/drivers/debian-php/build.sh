#!/bin/bash
# Lays PHP and Debian's newest packages of its session libraries into a folder, beside the machine's own packages.
set -euo pipefail
root=$1

extract() {
  local suite=$1 packages=$2 folder=$3
  mmdebstrap --variant=extract "--include=$packages" --aptopt='Acquire::Check-Valid-Until "false"' \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' "$suite" "$folder"
}

newest=php-cli,php-pgsql,php-mysql,php-mbstring,php-intl,php-illuminate-session,php-illuminate-database,\
php-symfony-http-foundation,roundcube-core,roundcube-sqlite3,php-cgi
# sid has the newest libraries, and on some days packages that do not fit each other: stable's are then tested.
if ! extract sid "$newest" "$root"; then
  echo 'Debian sid could not be used: taking trixie' >&2
  find "$root" -mindepth 1 -delete
  extract trixie "$newest" "$root"
fi
# The last version that knows the rows of Symfony 4.3 and older.
extract bookworm php-symfony-http-foundation "$root/symfony-5.4"
find "$root/symfony-5.4" -type f ! -path '*/Symfony/Component/HttpFoundation/*' -delete

# Debian's autoloaders require each other below /usr/share/php, where these are not.
find "$root/usr/share/php" -name autoload.php -exec sed -i "s#'/usr/share/php/#'#g" {} +

here=$(dirname "$0")
cp "$here"/package.json "$here"/package-lock.json "$root"
npm ci --ignore-scripts --no-audit --no-fund --prefix "$root"
