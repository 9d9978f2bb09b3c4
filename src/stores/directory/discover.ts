import { isUtf8 } from 'node:buffer';
import fs, { type Dirent } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { assumedNotes } from '../discover/assumed.ts';
import type { Assumptions, Finding } from '../discover/finding.ts';
import { fileCandidatesOf, type SampledFile } from '../discover/match-files.ts';
import { isNamedAfterSessions } from '../discover/match-table.ts';
import { StoreError } from '../store-error.ts';
import { countFiles } from './count-files.ts';
import { headOf, spread } from './existing-folder.ts';
import { codeOf, entryPath, type FileOperations, ignoring, inParallel, namesIn } from './files.ts';
import { type FolderLayout, folderLayoutOf, layoutsWithLevels } from './folder-layout.ts';
import { readMark } from './folder-mark.ts';
import { sessionNamesIn, sessionPath } from './session-files.ts';
import { storePathsOf } from './store-paths.ts';

export interface DiscoverOptions extends Assumptions {
  /** Files up to which every one is looked at; of more, these are the sample. */
  readonly exactFiles?: number;
}

/** Folders below the place that are looked into: a volume may hold anything. */
const mostFolders = 5000;
const deepest = 6;
/** How many entries are listed to judge a folder, and how many of them are opened. */
const listed = 10_000;
const opened = 100;

const manyFiles = 50_000;

/** The folders below the root, itself included, that hold sessions, or look so. It only reads. */
export async function* discover(root: string, options: DiscoverOptions): AsyncGenerator<Finding> {
  const files = fs.promises;
  const stats = await ignoring(['ENOENT'], files.stat(root));
  if (!stats?.isDirectory())
    throw new StoreError(
      'PathInvalid',
      `Expected ${root} to be a folder; found ${stats ? 'something else' : 'nothing'}`,
    );
  const queue: Place[] = [{ path: '', depth: 0 }];
  const unseen = new Set<string>();
  for (let seen = 0, next = queue.shift(); next; seen += 1, next = queue.shift()) {
    if (seen === mostFolders) {
      unseen.add(`has more than ${mostFolders} folders: the others were not looked into`);
      break;
    }
    const { finding, folders } = await lookedAt(files, root, next.path, options);
    if (finding) yield finding;
    queue.push(...below(next, folders, unseen));
  }
  if (unseen.size > 0) yield nothing('', ...unseen);
}

/** A folder below the root, and the number of folders above it. */
interface Place {
  readonly path: string;
  readonly depth: number;
}

/** The subfolders to look into; a note about others goes to `unseen`. */
function below({ path, depth }: Place, folders: readonly string[], unseen: Set<string>): readonly Place[] {
  const named = folders.flatMap((name) => nameOf(name) ?? []);
  if (named.length < folders.length) unseen.add(`has folders whose names are not UTF-8: ${notSeen}`);
  if (depth < deepest) return named.map((name) => ({ path: joined(path, name), depth: depth + 1 }));
  if (named.length > 0) unseen.add(`has folders more than ${deepest} levels deep: ${notSeen}`);
  return [];
}

const notSeen = 'they were not looked into';

/** The name of an entry of namesIn() as text; undefined for bytes that are not UTF-8. */
function nameOf(name: string): string | undefined {
  const bytes = Buffer.from(name, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : undefined;
}

const joined = (path: string, name: string): string => (path === '' ? name : `${path}/${name}`);

interface Looked {
  readonly finding?: Finding;
  /** Subfolders to look into, as namesIn() has them; empty where this folder holds sessions. */
  readonly folders: readonly string[];
}

async function lookedAt(
  files: FileOperations,
  root: string,
  path: string,
  options: DiscoverOptions,
): Promise<Looked> {
  const folder = joined(root, path).replace(/\/$/, '');
  try {
    const { names, folders } = await entriesOf(files, folder);
    const match = (await flatMatch(files, folder, names)) ?? (await matchWithLevels(files, folder, folders));
    if (match) return { folders: [], finding: await findingOf(folder, path, match, options) };
    return { folders, ...unknown(folder, path, names) };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined || path === '') throw error;
    return { folders: [], ...unreadable(path, code) };
  }
}

/** A folder below the root that cannot be read does not end the search; one that was removed meanwhile is left out. */
function unreadable(path: string, code: string): Pick<Looked, 'finding'> {
  if (code === 'ENOENT' || code === 'ENOTDIR') return {};
  const isForbidden = code === 'EACCES' || code === 'EPERM';
  return { finding: nothing(path, isForbidden ? 'may not be read by this user' : `cannot be read: ${code}`) };
}

const nothing = (path: string, ...notes: readonly string[]): Finding => ({
  backend: 'directory',
  path,
  candidates: [],
  assumed: {},
  notes,
});

function unknown(folder: string, path: string, names: readonly string[]): Pick<Looked, 'finding'> {
  if (names.length === 0 || !isNamedAfterSessions(basename(folder))) return {};
  return {
    finding: nothing(
      path,
      'looks like sessions by its name, and its files are of no known library; a manifest with layout: custom can describe them',
    ),
  };
}

async function entriesOf(files: FileOperations, folder: string) {
  const folders: string[] = [];
  const isFile = (entry: Dirent): boolean => {
    if (entry.isDirectory() && !entry.name.startsWith('.')) folders.push(entry.name);
    return entry.isFile() && !entry.name.startsWith('.');
  };
  for await (const names of namesIn(files, folder, listed, isFile)) return { names, folders };
  return { names: [], folders };
}

async function sampleOf(
  files: FileOperations,
  names: readonly string[],
  pathOf: (name: string) => string | Buffer,
): Promise<readonly SampledFile[]> {
  const sample: SampledFile[] = [];
  await inParallel(spread(names, opened), async (name) => {
    const head = await ignoring(['EACCES', 'EPERM'], headOf(files, pathOf(name)));
    if (head !== undefined) sample.push({ name, head });
  });
  return sample;
}

async function flatMatch(
  files: FileOperations,
  folder: string,
  names: readonly string[],
): Promise<FolderLayout | undefined> {
  if (names.length === 0) return undefined;
  const sample = await sampleOf(files, names, (name) => entryPath(folder, name));
  const candidates = fileCandidatesOf(sample);
  return candidates.length > 0 ? folderLayoutOf(candidates, 0) : undefined;
}

/** A library may spread its files over folders named by one character of their ids. */
async function matchWithLevels(
  files: FileOperations,
  folder: string,
  folders: readonly string[],
): Promise<FolderLayout | undefined> {
  if (!folders.some((name) => /^[\w,-]$/.test(name))) return undefined;
  for (const { layout, form, depth } of layoutsWithLevels()) {
    for await (const names of sessionNamesIn(files, { folder, layout: form, size: opened })) {
      const sample = await sampleOf(files, names, (name) => sessionPath(form, folder, name));
      const candidates = fileCandidatesOf(sample, [layout]);
      if (candidates.length > 0) return folderLayoutOf(candidates, depth);
      break;
    }
  }
  return undefined;
}

/** The SessionStore whose mark is beside the folder. */
async function ownerOf(folder: string): Promise<string | undefined> {
  const absolute = resolve(folder);
  const { mark: path } = storePathsOf(dirname(absolute), basename(absolute));
  const mark = await ignoring(['EACCES', 'EPERM'], readMark(fs.promises, path));
  return mark && `${mark.owner.namespace}/${mark.owner.name}`;
}

async function findingOf(
  folder: string,
  path: string,
  { candidates, layout, depth }: FolderLayout,
  options: DiscoverOptions,
): Promise<Finding> {
  const { exactFiles = manyFiles } = options;
  const { counts, bytes, assumed } = await countFiles(folder, layout, depth, { ...options, exactFiles });
  const [, second] = candidates;
  const claimedBy = await ownerOf(folder);
  return {
    ...(claimedBy !== undefined && { claimedBy }),
    backend: 'directory',
    path,
    candidates,
    counts,
    bytes,
    index: 'none',
    assumed: { ...assumed, ...(depth > 0 && { depth }) },
    notes: [
      ...(second ? [`may also be of ${second.layout} (${second.reasons.join(', ')})`] : []),
      ...assumedNotes(assumed),
    ],
  };
}
