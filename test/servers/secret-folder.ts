import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder in `parent` as the kubelet mounts a Secret: each key a link into `..data`, itself a link to the current version. */
export async function secretFolder(
  entries: Readonly<Record<string, string>>,
  parent: string,
): Promise<string> {
  const folder = await mkdtemp(join(parent, 'secret-'));
  await mkdir(join(folder, '..version-1'));
  await symlink('..version-1', join(folder, '..data'));
  for (const [key, value] of Object.entries(entries)) {
    await writeFile(join(folder, '..data', key), value);
    await symlink(join('..data', key), join(folder, key));
  }
  return folder;
}
