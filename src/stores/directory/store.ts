import fs from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { DirectoryLayout, Layout } from '../../layouts/layout.ts';
import { session3 } from '../../layouts/session3.ts';
import type { CleanupReport, SetupReport } from '../../runner/result.ts';
import { StoreError } from '../../runner/store-error.ts';
import type { Open } from '../index.ts';
import type { CleanupOptions, Session, SessionStore, SetupOptions } from '../session-store.ts';
import { deleteOldSessions } from './cleanup.ts';
import type { StoreContext } from './context.ts';
import { asStoreErrors, storeErrorOf } from './errors.ts';
import type { FileOperations } from './files.ts';
import { placesOf } from './places.ts';
import type { SyncFileOperations } from './quarantine.ts';
import { deleteSession, hasSession, iterSessions, loadSession, saveSession } from './sessions.ts';
import { setup } from './setup.ts';
import type { DirectoryBackend } from './spec.ts';

/** A part of node:fs. */
export type FileSystem = SyncFileOperations & { readonly promises: FileOperations };

export interface DirectoryOptions {
  /** The folder with the sessions: below `root` where that is given, else a path as any other. */
  readonly path: string;
  /** The folder that the path can never leave, not even through a symbolic link. Default: the one it lies in. */
  readonly root?: string;
  /** Whose sessions these are; session3's by default. */
  readonly layout?: Layout;
  /** How files are reached: by default node:fs, for clean-up in threads of its own. */
  readonly files?: FileSystem;
}

/** Sessions as files in a folder, one a session, its age the file's mtime. */
export class DirectorySessionStore implements SessionStore {
  /** True among programs that use this class. session3's own writers empty a file before they fill it. */
  readonly isMultiprocessSafe = true;
  readonly isThreadSafe = true;
  readonly #context: StoreContext;

  constructor(options: DirectoryOptions) {
    const absolute = resolve(options.path);
    const places =
      options.root === undefined
        ? placesOf(dirname(absolute), basename(absolute))
        : placesOf(options.root, options.path);
    this.#context = {
      files: options.files?.promises ?? fs.promises,
      ...(options.files && { syncFiles: options.files }),
      places,
      layout: directoryOf(options.layout ?? session3),
    };
  }

  async loadSession(id: string): Promise<Uint8Array | undefined> {
    return asStoreErrors(() => loadSession(this.#context, id));
  }

  async saveSession(id: string, payload: Uint8Array): Promise<void> {
    return asStoreErrors(() => saveSession(this.#context, id, payload));
  }

  async deleteSession(id: string): Promise<void> {
    return asStoreErrors(() => deleteSession(this.#context, id));
  }

  async hasSession(id: string): Promise<boolean> {
    return asStoreErrors(() => hasSession(this.#context, id));
  }

  async *iterSessions(): AsyncGenerator<Session> {
    try {
      yield* iterSessions(this.#context);
    } catch (error) {
      throw storeErrorOf(error);
    }
  }

  async setup(options: SetupOptions): Promise<SetupReport> {
    return asStoreErrors(() => setup(this.#context, options));
  }

  async deleteOldSessions(options: CleanupOptions): Promise<CleanupReport> {
    return asStoreErrors(() => deleteOldSessions(this.#context, options));
  }

  /** Nothing is kept open. */
  async [Symbol.asyncDispose](): Promise<void> {
    return;
  }
}

function directoryOf(layout: Layout): DirectoryLayout {
  if (layout.directory) return layout.directory;
  throw new StoreError(
    'InvalidInput',
    `Expected a layout that keeps sessions in files; ${layout.title} does not.`,
  );
}

/** The store of a claim that is mounted at `volumePath`. */
export const open: Open<DirectoryBackend> = async ({ spec, layout, volumePath }) =>
  new DirectorySessionStore({ root: volumePath, path: spec.path, layout });
