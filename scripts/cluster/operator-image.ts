import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inputHash, repository } from './paths.ts';
import { stagePython } from './python-files.ts';
import { run } from './run.ts';

/** The images that the Dockerfile makes, by the names under which the manifests expect them: the target of each. */
export const targets = {
  'session-store-operator:dev': 'operator',
  'session-store-operator-python:dev': 'python',
} as const;

export type OperatorImage = keyof typeof targets;

export const operatorImages = Object.keys(targets) as readonly OperatorImage[];

export const isOperatorImage = (name: string): name is OperatorImage => Object.hasOwn(targets, name);

/** What the Dockerfile copies: `dist`, `node_modules`, `package.json`, `passwd` and `python`. */
const stage = path.join(repository, 'build/image');

/**
 * Kubernetes tells a runtime the image's user and not its group, which is then looked up here; who has no line here
 * is of group 0, and on many volumes that may read and write everything.
 */
const users = `root:x:0:0:root:/root:/usr/sbin/nologin
sessionstore:x:65532:65532:sessionstore:/nonexistent:/usr/sbin/nologin
`;

const inRepository = (name: string) => path.join(repository, name);
const packageFiles = ['package.json', 'package-lock.json', '.npmrc'].map(inRepository);

/** Compiles the program and fetches what it needs at run time, into the folder that the Dockerfile copies. */
export async function stageOperatorImages(): Promise<void> {
  await mkdir(stage, { recursive: true });
  await installProductionDependencies();
  await stagePython(path.join(stage, 'python'));
  await writeFile(path.join(stage, 'passwd'), users);
  await rm(path.join(stage, 'dist'), { recursive: true, force: true });
  const compiler = inRepository('node_modules/.bin/tsc');
  await run(
    compiler,
    ['-p', 'tsconfig.build.json', '--declaration', 'false', '--outDir', path.join(stage, 'dist')],
    {
      cwd: repository,
    },
  );
  // The image's user is to read them, whatever the umask here.
  await run('chmod', ['-R', 'u=rwX,go=rX', stage]);
}

/** Installs them as locked, unless they are there already. No script of any package is run. */
async function installProductionDependencies(): Promise<void> {
  const mark = path.join(stage, '.installed');
  const wanted = inputHash([...packageFiles, import.meta.filename]);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  for (const file of packageFiles) await cp(file, path.join(stage, path.basename(file)));
  await run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: stage });
  // Types and source maps are half of it, and nothing reads them at run time.
  const unread = ['*.ts', '*.cts', '*.mts', '*.map'].flatMap((pattern) => ['-o', '-name', pattern]).slice(1);
  await run('find', ['node_modules', '-type', 'f', '(', ...unread, ')', '-delete'], { cwd: stage });
  await writeFile(mark, wanted);
}

/** Everything that the staged files and the Dockerfile say of an image, as a short name. */
export async function operatorImageHash(name: OperatorImage): Promise<string> {
  const folders = targets[name] === 'python' ? ['dist', 'python'] : ['dist'];
  const staged = await Promise.all(folders.map((folder) => filesIn(path.join(stage, folder))));
  return inputHash([inRepository('Dockerfile'), ...staged.flat(), ...packageFiles], users);
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => path.join(entry.parentPath, entry.name)).sort();
}
