import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Docker, withDocker } from './docker.ts';
import {
  isOperatorImage,
  type OperatorImage,
  operatorImageHash,
  stageOperatorImages,
  targets,
} from './operator-image.ts';
import { cacheDirectory, inputHash, repository, stateDirectory } from './paths.ts';
import { type DebianRoot, type Recipe, recipes } from './recipes.ts';
import { run, step } from './run.ts';

export type ImageName = keyof typeof recipes | OperatorImage;

/** An image as a file, in the format of `docker save`. */
export interface ImageArchive {
  readonly name: ImageName;
  readonly file: string;
  /** Differs when anything that went into the image does. */
  readonly hash: string;
}

const archives = path.join(stateDirectory, 'images');
/** The Dockerfile's build arguments, and what they are where no registry can be reached. */
const bases = {
  NODE_IMAGE: 'session-store-operator/node:24',
  PYTHON_IMAGE: 'session-store-operator/python:3.11',
} as const;

/** Builds these images, unless they stand as their inputs are now, and gives their archives. */
export async function buildImages(names: readonly ImageName[]): Promise<readonly ImageArchive[]> {
  if (names.some(isOperatorImage)) await step('operator: bundle', stageOperatorImages);
  const wanted: ImageArchive[] = [];
  for (const name of names) wanted.push(await archiveOf(name));
  const stale = wanted.filter((archive) => !stands(archive));
  if (stale.length > 0) {
    await mkdir(archives, { recursive: true });
    await withDocker(async (docker) => {
      for (const archive of stale) await step(`image ${archive.name}`, () => build(docker, archive));
    });
  }
  return wanted;
}

async function archiveOf(name: ImageName): Promise<ImageArchive> {
  const file = path.join(archives, `${name.replaceAll(/[/:]/g, '-')}.tar`);
  if (!isOperatorImage(name)) return { name, file, hash: await recipeHash(recipes[name]) };
  const hashes = Object.values(bases).map((base) => recipeHash(recipes[base]));
  return { name, file, hash: inputHash([], await operatorImageHash(name), ...(await Promise.all(hashes))) };
}

async function recipeHash({ folder, root, inputs = [] }: Recipe): Promise<string> {
  const files = (await readdir(folder)).sort().map((name) => path.join(folder, name));
  return inputHash([...files, ...inputs], ...(root ? debianArguments(root) : []));
}

function stands({ file, hash }: ImageArchive): boolean {
  return existsSync(file) && existsSync(`${file}.hash`) && readFileSync(`${file}.hash`, 'utf8') === hash;
}

async function build(docker: Docker, { name, file, hash }: ImageArchive): Promise<void> {
  if (isOperatorImage(name)) {
    const args: string[] = [];
    for (const [argument, base] of Object.entries(bases))
      args.push('--build-arg', `${argument}=${await buildRecipe(docker, base)}`);
    await docker('build', '--target', targets[name], '--tag', name, ...args, repository);
  } else {
    await docker('tag', await buildRecipe(docker, name), name);
  }
  await docker('save', '--output', file, name);
  await writeFile(`${file}.hash`, hash);
}

/** Builds an image, unless the engine has it already, under a name that is its alone; the name. */
async function buildRecipe(docker: Docker, name: keyof typeof recipes): Promise<string> {
  const recipe: Recipe = recipes[name];
  const tag = `${name}-${await recipeHash(recipe)}`;
  if (await has(docker, tag)) return tag;
  const context = await mkdtemp(path.join(stateDirectory, 'context-'));
  try {
    await cp(recipe.folder, context, { recursive: true });
    await recipe.prepare?.(context);
    const root = recipe.root && (await importRoot(docker, recipe.root));
    await docker('build', '--tag', tag, ...(root ? ['--build-arg', `ROOT=${root}`] : []), context);
    return tag;
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

async function has(docker: Docker, image: string): Promise<boolean> {
  return (await docker('images', '--quiet', image)) !== '';
}

async function importRoot(docker: Docker, root: DebianRoot): Promise<string> {
  const archive = await debianRoot(root);
  const image = `session-store-operator/${path.basename(archive, '.tar')}`;
  if (!(await has(docker, image))) await docker('import', archive, image);
  return image;
}

/** The archive of a Debian root, made once per machine: it takes a while, and some megabytes from the mirror. */
async function debianRoot(root: DebianRoot): Promise<string> {
  const args = debianArguments(root);
  const file = path.join(cacheDirectory, `debian-${inputHash([], ...args)}.tar`);
  if (existsSync(file)) return file;
  await mkdir(cacheDirectory, { recursive: true });
  const partial = `${file}.${process.pid}.tar`;
  await run('mmdebstrap', [...args, partial]);
  await rename(partial, file);
  return file;
}

function debianArguments({ packages, changes = [] }: DebianRoot): readonly string[] {
  return [
    '--variant=essential',
    `--include=${packages.join(',')}`,
    ...['doc', 'info', 'locale', 'man'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
    ...changes.map((change) => `--customize-hook=${change}`),
    'bookworm',
  ];
}
