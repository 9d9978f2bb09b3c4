import fs from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { DirectoryBackend } from '../../api/backends/directory.ts';
import type { DirectoryLayout, Layout } from '../../layouts/layout.ts';
import { session3 } from '../../layouts/session3.ts';
import type { Coding } from '../codec.ts';
import type { Open } from '../index.ts';
import { ReconnectingStore } from '../reconnecting-store.ts';
import { StoreError } from '../store-error.ts';
import { DirectoryByteStore } from './byte-store.ts';
import type { FileOperations } from './files.ts';
import { placesOf } from './places.ts';
import type { SyncFileOperations } from './quarantine.ts';

/** A part of node:fs. */
export type FileSystem = SyncFileOperations & { readonly promises: FileOperations };

export interface DirectoryOptions {
  /** The folder with the sessions: below `root` where that is given, else a path as any other. */
  readonly path: string;
  /** Folder that the path can never leave, not even through a symbolic link. Default: the folder of the path. */
  readonly root?: string;
  /** Whose sessions these are; session3's by default. */
  readonly layout?: Layout;
  /** How files are reached: by default node:fs, for clean-up in threads of its own. */
  readonly files?: FileSystem;
}

/** Sessions as files in a folder, one a session, its age the file's mtime. */
export class DirectorySessionStore<Payload = Uint8Array> extends ReconnectingStore<Payload> {
  /** True among programs that use this class. session3's own writers empty a file before they fill it. */
  readonly isMultiprocessSafe = true;
  readonly isThreadSafe = true;

  /** Throws PathInvalid or InvalidInput where that can be told without looking. */
  constructor(options: DirectoryOptions & Coding<Payload>) {
    const absolute = resolve(options.path);
    const places =
      options.root === undefined
        ? placesOf(dirname(absolute), basename(absolute))
        : placesOf(options.root, options.path);
    const store = new DirectoryByteStore({
      files: options.files?.promises ?? fs.promises,
      ...(options.files && { syncFiles: options.files }),
      places,
      layout: directoryOf(options.layout ?? session3),
    });
    super(() => store, options.codec);
  }
}

function directoryOf(layout: Layout): DirectoryLayout {
  if (layout.directory) return layout.directory;
  throw new StoreError(
    'InvalidInput',
    `Expected a layout that keeps sessions in files; ${layout.title} does not.`,
  );
}

/** Opens the store of a claim that is mounted at `volumePath`. */
export const open: Open<DirectoryBackend> = async ({ spec, layout, volumePath }) =>
  new DirectorySessionStore({ root: volumePath, path: spec.path, layout });
