import { copyFile, link } from 'node:fs/promises';
import path from 'node:path';
import { pauseImage } from './node-config.ts';
import { repository } from './paths.ts';
import { run } from './run.ts';
import { pipInstall, venvPython } from './venv.ts';

/** A Debian 12 with these packages: what an image is based on where no registry can be reached. */
export interface DebianRoot {
  readonly packages: readonly string[];
  /** Shell commands that change the finished root, whose path is in `$1`. */
  readonly changes?: readonly string[];
}

/** Recipe of an image: a folder with its Dockerfile, and the files that the Dockerfile copies. */
export interface Recipe {
  /** Holds the Dockerfile, and is its context. */
  readonly folder: string;
  /** Image for the Dockerfile's argument `ROOT`; without one it starts from scratch. */
  readonly root?: DebianRoot;
  /** Files elsewhere that go into the image. */
  readonly inputs?: readonly string[];
  /** Adds to the context what is not in the folder. */
  readonly prepare?: (context: string) => Promise<void>;
}

/** Node's program, as the npm package `node` brings it. */
const nodeProgram = path.join(repository, 'node_modules/node/bin/node');

const folderOf = (name: string) => path.join(import.meta.dirname, 'images', name);

/** With libstdc++6 for Node, which the Dockerfile of the operator adds. */
const pythonRoot: DebianRoot = { packages: ['ca-certificates', 'libstdc++6', 'python3', 'python3-gdbm'] };

/** An application on session3 that is driven by lines of JSON. */
const shop = path.join(repository, 'test/stores/python/shop.py');

/** The images that are made for tests, by name. To add one, add a folder with a Dockerfile and an entry here. */
export const recipes = {
  [pauseImage]: {
    folder: folderOf('pause'),
    prepare: async (context) => {
      const source = path.join(context, 'pause.c');
      await run('gcc', ['-Os', '-static', '-s', '-o', path.join(context, 'pause'), source]);
    },
  },
  'session-store-operator/node:24': {
    folder: folderOf('node'),
    root: { packages: ['ca-certificates', 'libstdc++6'] },
    inputs: [nodeProgram],
    prepare: (context) => link(nodeProgram, path.join(context, 'node')),
  },
  'session-store-operator/python:3.11': {
    folder: folderOf('python'),
    root: pythonRoot,
  },
  'postgres-e2e:15': {
    folder: folderOf('postgres-e2e'),
    root: {
      packages: ['postgresql-15'],
      // The package gives its user any free id, creates an unused database, and brings a compiler.
      changes: [
        'chroot "$1" usermod --uid 70 postgres',
        'rm -rf "$1"/var/lib/postgresql/15 "$1"/etc/postgresql/15',
        'rm -rf "$1"/usr/lib/postgresql/15/lib/llvmjit* "$1"/usr/lib/*/libLLVM*',
      ],
    },
  },
  'mariadb-e2e:10.11': {
    folder: folderOf('mariadb-e2e'),
    root: {
      packages: ['mariadb-server-core', 'mariadb-client-core', 'passwd'],
      // The package that makes a user brings Perl and much else.
      changes: [
        'chroot "$1" useradd --uid 999 --user-group --no-create-home --shell /usr/sbin/nologin mysql',
      ],
    },
  },
  'session3-e2e:3.4.1': {
    folder: folderOf('session3-e2e'),
    root: pythonRoot,
    inputs: [shop],
    prepare: async (context) => {
      await run(await venvPython(), pipInstall(path.join(context, 'site-packages')));
      await copyFile(shop, path.join(context, 'shop.py'));
    },
  },
} as const satisfies Record<string, Recipe>;
