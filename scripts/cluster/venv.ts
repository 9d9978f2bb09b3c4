import { execFile } from 'node:child_process';
import { rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { withLock } from './lock.ts';
import { cacheDirectory, inputHash } from './paths.ts';

const run = promisify(execFile);

/** The real things, as their users install them. */
const requirements = [
  'session3==3.4.1',
  'durus==4.3',
  'quixote==3.8',
  'psycopg2-binary==2.9.11',
  'PyMySQL[rsa]==1.1.2',
];
const typeChecker = 'mypy==1.18.2';

/** Python's arguments that install only them into a folder. */
export const pipInstall = (folder: string): string[] => [
  ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', folder],
  ...requirements,
];

/** Looks once in a process: looking is several processes. */
function once<T>(find: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  return () => {
    found ??= find();
    return found;
  };
}

/** The first that can make a venv, best with dbm.gnu: Debian's own has it with python3-gdbm. */
const candidates = [
  ['/usr/bin/python3', 'import venv, ensurepip, dbm.gnu, dbm.ndbm'],
  ['python3', 'import venv, ensurepip, dbm.gnu'],
  ['/usr/bin/python3', 'import venv, ensurepip'],
  ['python3', 'import venv, ensurepip'],
] as const;

/** The interpreter of this machine. */
export const basePython = once(async (): Promise<string> => {
  const base = await firstWith(candidates);
  if (base === undefined)
    throw new Error('Expected a python3 with venv: install python3-venv, python3-gdbm and python3-dev');
  return base;
});

/** The interpreter of a venv with session3 and Durus from PyPI; made once for a set of requirements. */
export const venvPython = once(
  async (): Promise<string> => venvOf(await basePython(), [...requirements, typeChecker]),
);

/** The interpreter of a Python 3.13 or newer, whose shelve is SQLite; undefined where this machine has none. */
export const sqliteBasePython = once(async (): Promise<string | undefined> => {
  const { stdout } = await run('sh', [
    '-c',
    'ls -d ~/.pyenv/versions/3.1[3-9]*/bin/python3 2>/dev/null || true',
  ]);
  const names = ['python3.13', 'python3.14', ...stdout.trim().split('\n').filter(Boolean)];
  return firstWith(names.map((name) => [name, 'import venv, ensurepip, dbm.sqlite3']));
});

/** The interpreter of a venv of that Python. */
export const sqlitePython = once(async (): Promise<string | undefined> => {
  const base = await sqliteBasePython();
  return base === undefined ? undefined : venvOf(base, requirements);
});

async function firstWith(options: readonly (readonly [string, string])[]): Promise<string | undefined> {
  for (const [python, modules] of options) {
    const found = await run(python, ['-c', `${modules}; import sys; print(sys.executable)`]).catch(
      () => undefined,
    );
    if (found) return found.stdout.trim();
  }
  return undefined;
}

async function venvOf(base: string, wanted: readonly string[]): Promise<string> {
  const { stdout: version } = await run(base, ['-VV']);
  const folder = path.join(cacheDirectory, `venv-${inputHash([], base, version, ...wanted)}`);
  const ready = path.join(folder, 'ready');
  const python = path.join(folder, 'bin/python');
  await withLock(`${folder}.lock`, async () => {
    if (await stat(ready).catch(() => undefined)) return;
    await rm(folder, { recursive: true, force: true });
    await run(base, ['-m', 'venv', folder]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...wanted]);
    await writeFile(ready, '');
  });
  return python;
}
