import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundle, programsOfImages } from '../../scripts/bundle.ts';
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

/** Files that the Dockerfile copies: `dist`, `package.json`, `passwd` and `python`. */
const stage = path.join(repository, 'build/image');

/**
 * Kubernetes tells a runtime the image's user and not its group, which is then looked up here; who has no line here
 * is of group 0, and on many volumes that may read and write everything.
 */
const users = `root:x:0:0:root:/root:/usr/sbin/nologin
sessionstore:x:65532:65532:sessionstore:/nonexistent:/usr/sbin/nologin
`;

const inRepository = (name: string) => path.join(repository, name);

/**
 * Of package.json only what Node reads when the program runs: that its files are modules, and where the Python half is.
 */
function packageFile(): string {
  const { name, version, type, imports } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8'));
  return `${JSON.stringify({ name, version, type, imports }, undefined, 2)}\n`;
}

/** Bundles the program, and puts what it needs at run time into the folder that the Dockerfile copies. */
export async function stageOperatorImages(): Promise<void> {
  await bundle(path.join(stage, 'dist'), programsOfImages);
  await stagePython(path.join(stage, 'python'));
  await writeFile(path.join(stage, 'package.json'), packageFile());
  await writeFile(path.join(stage, 'passwd'), users);
  // The image's user has to read them, for any umask here.
  await run('chmod', ['-R', 'u=rwX,go=rX', stage]);
}

/** Everything that the staged files and the Dockerfile say of an image, as a short name. */
export async function operatorImageHash(name: OperatorImage): Promise<string> {
  const folders = targets[name] === 'python' ? ['dist', 'python'] : ['dist'];
  const staged = await Promise.all(folders.map((folder) => filesIn(path.join(stage, folder))));
  return inputHash([inRepository('Dockerfile'), ...staged.flat()], packageFile(), users);
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => path.join(entry.parentPath, entry.name)).sort();
}
