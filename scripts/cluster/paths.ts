import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The root of the checkout. */
export const repository = path.resolve(import.meta.dirname, '../..');

/** Files of this checkout's clusters: git-ignored, and safe to remove once they are down. */
export const stateDirectory = path.join(repository, '.cluster');

/**
 * Files that are expensive to build and the same for every checkout; each entry is named after a hash of its inputs.
 */
export const cacheDirectory = path.join(
  process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'),
  'session-store-operator',
);

/** A short name for the contents of these files and the other inputs, in this order. */
export function inputHash(files: readonly string[], ...others: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${path.basename(file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  for (const other of others) hash.update(`${other}\0`);
  return hash.digest('hex').slice(0, 12);
}
