import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inputHash, repository } from './paths.ts';
import { run } from './run.ts';

const source = path.join(repository, 'python');
const requirements = path.join(source, 'requirements.txt');

/** Puts the Python half of the program into a folder, and beside it the packages that it needs. */
export async function stagePython(folder: string): Promise<void> {
  const packages = `${folder}-packages`;
  await downloadPackages(packages);
  await rm(folder, { recursive: true, force: true });
  await cp(packages, folder, { recursive: true });
  await cp(path.join(source, 'serve.py'), path.join(folder, 'serve.py'));
  await cp(path.join(source, 'sessionstore'), path.join(folder, 'sessionstore'), {
    recursive: true,
    filter: (name) => path.basename(name) !== '__pycache__',
  });
}

/**
 * Durus as its source archive has it, unless it is there already: without its optional C part, which would tie the image
 * to one Python and one processor, and quickens only the attributes of persistent objects.
 */
async function downloadPackages(folder: string): Promise<void> {
  const mark = `${folder}.hash`;
  const wanted = inputHash([requirements, import.meta.filename]);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const downloads = await mkdtemp(`${folder}-`);
  try {
    const options = ['--no-deps', '--no-binary=durus', '--require-hashes', '--quiet'];
    await run('python3', ['-m', 'pip', 'download', ...options, '-r', requirements, '-d', downloads]);
    for (const archive of await readdir(downloads)) {
      const members = ['--wildcards', '*/durus/*.py', '*/LICENSE.txt', '*/doc/LICENSE_CNRI.txt'];
      const tar = ['-xzf', path.join(downloads, archive), '--strip-components=1', '-C', downloads];
      await run('tar', [...tar, '--no-same-owner', ...members]);
    }
    await cp(path.join(downloads, 'durus'), path.join(folder, 'durus'), { recursive: true });
    for (const license of ['LICENSE.txt', 'doc/LICENSE_CNRI.txt']) {
      await cp(path.join(downloads, license), path.join(folder, 'durus', path.basename(license)));
    }
    await writeFile(mark, wanted);
  } finally {
    await rm(downloads, { recursive: true, force: true });
  }
}
