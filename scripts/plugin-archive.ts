import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundle } from './bundle.ts';
import { repository } from './cluster/paths.ts';
import { run } from './cluster/run.ts';

const krew = path.join(repository, 'deploy/krew');

/** Its name tells the program that it is a plugin of kubectl. */
const entry = 'kubectl-sessionstore.js';

/** Files that the program reads when it runs, by their paths in the package. */
const files = ['package.json', 'LICENSE', 'completion', 'python/serve.py', 'python/sessionstore'];

async function stage(folder: string): Promise<void> {
  await bundle(path.join(folder, 'dist/program'), ['main', 'runner', 'worker-thread', 'cli']);
  const isSource = (file: string) => !file.includes('__pycache__');
  for (const name of files)
    await cp(path.join(repository, name), path.join(folder, name), { recursive: true, filter: isSource });
  await cp(path.join(krew, 'kubectl-sessionstore'), path.join(folder, 'kubectl-sessionstore'));
  await chmod(path.join(folder, 'kubectl-sessionstore'), 0o755);
  await writeFile(path.join(folder, entry), "import './dist/program/main.js';\n");
}

/** Writes the plugin's archive into a folder; the same files give the same bytes. */
async function writeArchive(target: string, name: string): Promise<void> {
  const folder = path.join(target, 'plugin');
  await mkdir(folder);
  await stage(folder);
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=go-w'];
  const tar = name.replace(/\.gz$/, '');
  await run('tar', [...same, '-cf', path.join(target, tar), '-C', folder, '.']);
  await run('gzip', ['--no-name', '--best', path.join(target, tar)]);
  await rm(folder, { recursive: true });
}

/** The manifest of Krew for an archive at this address. */
function krewManifest(
  template: string,
  { version, uri, sha256 }: { readonly version: string; readonly uri: string; readonly sha256: string },
): string {
  return template
    .replace(/^ {2}version: .*$/m, `  version: v${version}`)
    .replace(/^( {6}uri: ).*$/m, (_all, key) => `${key}${uri}`)
    .replace(/^( {6}sha256: ).*$/m, (_all, key) => `${key}"${sha256}"`);
}

/** Writes `sessionstore-VERSION.tar.gz`, the plugin of kubectl, and `sessionstore.yaml`, its manifest for Krew. */
export async function writePlugin(target: string, version: string, downloads: string): Promise<void> {
  const name = `sessionstore-${version}.tar.gz`;
  await writeArchive(target, name);
  const sha256 = createHash('sha256')
    .update(await readFile(path.join(target, name)))
    .digest('hex');
  const template = await readFile(path.join(krew, 'sessionstore.yaml'), 'utf8');
  const uri = `${downloads.replace(/\/$/, '')}/${name}`;
  await writeFile(path.join(target, 'sessionstore.yaml'), krewManifest(template, { version, uri, sha256 }));
}
