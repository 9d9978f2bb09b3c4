import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { withLock } from '../../scripts/cluster/lock.ts';
import { cacheDirectory, inputHash } from '../../scripts/cluster/paths.ts';
import { run } from '../../scripts/cluster/run.ts';

/**
 * Makes a server's first data directory at the path: by a copy of one that was made before on this machine, as making
 * one costs seconds of work. `name` tells one kind of server from the other, `inputs` one version or setting.
 */
export async function dataDirectory(
  name: string,
  inputs: readonly string[],
  data: string,
  make: () => Promise<void>,
): Promise<void> {
  const original = path.join(cacheDirectory, `${name}-data-${inputHash([], ...inputs)}`);
  const copy = (from: string, to: string) =>
    run('cp', ['--archive', '--reflink=auto', '--sparse=always', from, to]);
  await withLock(`${original}.lock`, async () => {
    if (existsSync(original)) return;
    // Its user may not enter the cache: it is made in place and copied from there.
    await make();
    const partial = `${original}.partial`;
    await rm(partial, { recursive: true, force: true });
    await copy(data, partial);
    await rename(partial, original);
  });
  if (!existsSync(data)) await copy(original, data);
}
