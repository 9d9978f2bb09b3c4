import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ownerSchema } from '../../api/owner.ts';
import { parsedJson } from '../../api/parsed-json.ts';
import { spentTokensOf, spentTokensSchema } from '../../api/spent-tokens.ts';
import type { Owner } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { type FileOperations, readText, succeeded, syncFolder, writeNewFile } from './files.ts';
import type { StorePaths } from './store-paths.ts';

const markSchema = z
  .object({
    version: z.literal(1),
    owner: ownerSchema,
    origin: z.enum(['Created', 'Adopted']),
    /** Intent: written before the folder is touched, so that the next run continues one that was killed. */
    state: z.enum(['Intent', 'Done']),
    /** The tokens of permitted overwrites: each is spent from its intent on. */
    spentTokens: spentTokensSchema.optional(),
    /** The last of them, in marks of earlier versions. */
    overwriteToken: z.string().optional(),
    /** The folder that is being overwritten: only this one may be moved away. */
    replaces: z.object({ inode: z.string(), mode: z.number(), uid: z.number(), gid: z.number() }).optional(),
  })
  .transform(({ overwriteToken, spentTokens, ...mark }) => ({
    ...mark,
    spentTokens: spentTokensOf({ spentTokens, overwriteToken }),
  }));

/** A folder's owner, how it was provisioned, and how far that has come. */
export type Mark = z.output<typeof markSchema>;

/** The mark of this owner, or undefined where it is missing; Conflict for another owner's, or one that cannot be read. */
export async function ownMark(
  files: FileOperations,
  paths: StorePaths,
  owner: Owner,
): Promise<Mark | undefined> {
  const mark = await readMark(files, paths.mark);
  if (mark && !isSame(mark.owner, owner)) {
    throw new StoreError(
      'Conflict',
      `Expected ${paths.folder} to belong to ${ownerName(owner)}; its mark says ${ownerName(mark.owner)}. ` +
        'Name another path. Deleting a SessionStore leaves its store and its mark: if no SessionStore ' +
        `cleans this folder any more, remove ${paths.mark}.`,
    );
  }
  return mark;
}

/** The mark at a path, of any owner, or undefined where it is missing; Conflict where it cannot be read. */
export async function readMark(files: FileOperations, path: string): Promise<Mark | undefined> {
  const text = await readText(files, path);
  if (text === undefined) return undefined;
  const mark = markSchema.safeParse(parsedJson(text));
  if (mark.success) return mark.data;
  throw new StoreError(
    'Conflict',
    `Expected ${path} to be a mark that this version can read; found something else. Use the version ` +
      'that wrote it, or remove the file if it is not needed.',
  );
}

/** Another run of the same owner may sweep the temporary mark: it is written again then. */
const attempts = 5;

/**
 * Writes the mark, whole or not at all, and lasting. The first one is linked, so that of two owners at once one finds the
 * other's mark; later ones replace their owner's.
 */
export async function writeMark(files: FileOperations, paths: StorePaths, mark: Mark): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const existing = await ownMark(files, paths, mark.owner);
    const temporary = `${paths.mark}.${randomUUID()}`;
    await writeNewFile(files, temporary, textOf(mark));
    const written = existing
      ? await succeeded(files.rename(temporary, paths.mark), ['ENOENT'])
      : await succeeded(files.link(temporary, paths.mark), ['EEXIST', 'ENOENT']);
    await succeeded(files.unlink(temporary), ['ENOENT']);
    if (written) return syncFolder(files, paths.stateDir);
  }
  throw new StoreError('VolumeBusy', `Expected to write ${paths.mark}; other runs were quicker each time.`);
}

function textOf({ spentTokens, ...mark }: Mark): string {
  const json = { ...mark, ...(spentTokens.length > 0 && { spentTokens }) };
  return `${JSON.stringify(json, undefined, 2)}\n`;
}

/** `shop/web (installation 4f1c…)`. */
export const ownerName = (owner: Owner): string =>
  `${owner.namespace}/${owner.name} (installation ${owner.installation})`;

function isSame(a: Owner, b: Owner): boolean {
  return a.installation === b.installation && a.namespace === b.namespace && a.name === b.name;
}
