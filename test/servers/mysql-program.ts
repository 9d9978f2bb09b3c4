import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { withLock } from '../../scripts/cluster/lock.ts';
import { cacheDirectory, inputHash } from '../../scripts/cluster/paths.ts';
import { run } from '../../scripts/cluster/run.ts';
import { loaderOf } from './debian-root.ts';

/** Every server that is spoken to in MySQL's protocol and tested against. */
export const flavours = ['mysql', 'mariadb'] as const;
export type Flavour = (typeof flavours)[number];

/** Commands and user for starting a server and for creating its first data directory. */
export interface Program {
  readonly user: string;
  readonly server: readonly string[];
  readonly initialize: (data: string) => readonly string[];
}

const isRoot = process.getuid?.() === 0;

/** Debian 12 has no MySQL: its files come from the next release, beside the machine's own. */
const mysqlRecipe = [
  '--variant=extract',
  '--include=mysql-server-core,libstdc++6',
  '--aptopt=Acquire::Check-Valid-Until "false"',
  '--aptopt=APT::Install-Recommends "false"',
  ...['doc', 'info', 'locale', 'man'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
  'sid',
];

/** A folder with MySQL's files and all its libraries, made once per machine; it takes half a minute. */
async function mysqlRoot(): Promise<string> {
  const root = path.join(cacheDirectory, `mysql-${inputHash([], ...mysqlRecipe)}`);
  await withLock(`${root}.lock`, async () => {
    if (existsSync(root)) return;
    const partial = `${root}.partial`;
    await rm(partial, { recursive: true, force: true });
    await run('mmdebstrap', [...mysqlRecipe, partial]);
    await rename(partial, root);
  });
  return root;
}

/** MySQL 9 by its own dynamic loader. */
async function mysql(): Promise<Program> {
  const root = await mysqlRoot();
  const inRoot = (name: string) => path.join(root, name);
  const server = [
    ...[...loaderOf(root), inRoot('usr/sbin/mysqld'), '--no-defaults'],
    `--lc-messages-dir=${inRoot('usr/share/mysql')}`,
    `--character-sets-dir=${inRoot('usr/share/mysql/charsets')}`,
    `--plugin-dir=${inRoot('usr/lib/mysql/plugin')}`,
    ...['--secure-file-priv=', '--mysqlx=OFF', '--auto-generate-certs=OFF'],
    // Runs as the user of the tests, because other users may not read their cache.
    ...(isRoot ? ['--user=root'] : []),
  ];
  const user = userInfo().username;
  return { user, server, initialize: (data) => [...server, '--initialize-insecure', `--datadir=${data}`] };
}

/** MariaDB as Debian has installed it. */
async function mariadb(): Promise<Program> {
  if (!existsSync('/usr/sbin/mariadbd')) {
    throw new Error('Expected MariaDB: apt-get install mariadb-server');
  }
  const initialize = ['mariadb-install-db', '--no-defaults', '--auth-root-authentication-method=normal'];
  return {
    user: isRoot ? 'mysql' : userInfo().username,
    server: ['/usr/sbin/mariadbd', '--no-defaults'],
    initialize: (data) => [...initialize, '--skip-test-db', '--skip-name-resolve', `--datadir=${data}`],
  };
}

/** The program of a flavour, installed where it was not. */
export const programOf = (flavour: Flavour): Promise<Program> => (flavour === 'mysql' ? mysql() : mariadb());
