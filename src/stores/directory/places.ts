import { basename, dirname, join, resolve } from 'node:path';
import { StoreError } from '../store-error.ts';

/**
 * Where a store's things lie. What belongs to the store itself is in a dot-folder beside the session folder, on the
 * same file system: among the sessions, session3's own clean-up would delete it or die of it.
 */
export interface Places {
  /** The folder below which nothing is reached through a symbolic link: the volume. */
  readonly root: string;
  /** The folders from the root down to the session folder, itself the last. */
  readonly levels: readonly string[];
  /** The folder with the sessions. */
  readonly folder: string;
  /** The folder that holds the session folder and what lies beside it. */
  readonly parent: string;
  /** The dot-folder beside it. */
  readonly aside: string;
  readonly mark: string;
  /** Written to ask the file system what time it is. */
  readonly clock: string;
  /** Linked and renamed to see whether sessions can be. */
  readonly probe: string;
  /** Space that is given up where there is no other. */
  readonly reserve: string;
  /** Folders of files that are about to be deleted. */
  readonly quarantine: string;
  /** What is being saved, before it is renamed over the session. */
  readonly saving: string;
  /** A new session folder on its way to its place. */
  readonly fresh: string;
  /** Session folders that were overwritten, on their way out. */
  readonly trash: string;
}

const asidePrefix = '.sessionstore-';
/** So that the dot-folder's name, too, fits in the 255 bytes a file system allows. */
const longestName = 255 - asidePrefix.length;

/** The dot-folder beside a folder. */
export function asideOf(folder: string): string {
  return join(dirname(folder), `${asidePrefix}${basename(folder)}`);
}

/** Whether an entry's name is that of a store's dot-folder. */
export const isAsideName = (name: string): boolean => name.startsWith(asidePrefix);

/** The places of the store whose session folder is `path` below `root`; PathInvalid where it is not below it. */
export function placesOf(root: string, path: string): Places {
  const names = path.split('/');
  const wrong = names.find((name) => !isFolderName(name));
  if (wrong !== undefined) {
    throw new StoreError(
      'PathInvalid',
      `Expected the path to name folders below ${root}, such as shop/sessions; found ${JSON.stringify(path)}, ` +
        `whose part ${JSON.stringify(wrong)} is empty, too long or begins with a dot. Name another path.`,
    );
  }
  const top = resolve(root);
  const levels = names.map((_, depth) => join(top, ...names.slice(0, depth + 1)));
  const folder = join(top, ...names);
  const aside = asideOf(folder);
  return {
    root: top,
    levels,
    folder,
    parent: dirname(folder),
    aside,
    mark: join(aside, 'mark.json'),
    clock: join(aside, 'clock'),
    probe: join(aside, 'probe'),
    reserve: join(aside, 'reserve'),
    quarantine: join(aside, 'quarantine'),
    saving: join(aside, 'saving'),
    fresh: join(aside, 'fresh'),
    trash: join(aside, 'trash'),
  };
}

function isFolderName(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes > 0 && bytes <= longestName && !name.startsWith('.') && !name.includes('\0');
}
