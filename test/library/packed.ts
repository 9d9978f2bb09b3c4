import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repository } from '../../scripts/cluster/paths.ts';
import { run } from '../../scripts/cluster/run.ts';

const modules = join(repository, 'node_modules');

/** The package that `npm pack` creates from this repository. */
export interface Package extends AsyncDisposable {
  readonly files: readonly string[];
  /** A program's folder that has installed it, and of what it depends on only these. */
  project(dependencies: readonly string[], files: Readonly<Record<string, string>>): Promise<string>;
}

/** Builds and packs it. */
export async function pack(): Promise<Package> {
  const folder = await mkdtemp(join(tmpdir(), 'sessionstore-package-'));
  const told = await run('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', folder], {
    cwd: repository,
  });
  // The output of the build comes first.
  const [packed] = JSON.parse(told.slice(told.indexOf('[\n')));
  let count = 0;
  const project: Package['project'] = async (dependencies, files) => {
    const root = join(folder, `project-${++count}`);
    const installed = join(root, 'node_modules/session-store-operator');
    await mkdir(installed, { recursive: true });
    await run('tar', ['-xzf', join(folder, packed.filename), '--strip-components=1', '-C', installed]);
    for (const name of dependencies) {
      await mkdir(dirname(join(root, 'node_modules', name)), { recursive: true });
      await symlink(join(modules, name), join(root, 'node_modules', name));
    }
    for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content);
    return root;
  };
  return {
    files: packed.files.map(({ path }: { path: string }) => path),
    project,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Compiled like an independent program: the package's own types are checked as well. */
export const tsconfig = JSON.stringify({
  compilerOptions: {
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    skipLibCheck: false,
    types: ['node'],
    outDir: 'out',
    rootDir: '.',
  },
  include: ['*.ts'],
});

/** Compiles what is in the folder; throws what the compiler says. */
export const compile = (root: string): Promise<string> =>
  run(join(modules, '.bin/tsc'), ['-p', '.'], { cwd: root });
