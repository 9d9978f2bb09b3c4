import fs from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { DirectoryBackend } from '../../api/backends/directory.ts';
import { type FileForm, lacksTtl } from '../../layouts/file-form.ts';
import type { Layout } from '../../layouts/layout.ts';
import { session3 } from '../../layouts/session3.ts';
import type { Coding } from '../codec.ts';
import type { Open } from '../index.ts';
import type { OpenPlanned } from '../planned.ts';
import { ReconnectingStore } from '../reconnecting-store.ts';
import type { OpenAt, Session } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { deleteOldSessions } from './cleanup/cleanup.ts';
import { asStoreErrors, storeErrorOf } from './errors.ts';
import type { FileSystem } from './files.ts';
import { planFolder } from './planned.ts';
import { deleteSession, hasSession, iterSessions, loadSession, saveSession } from './sessions.ts';
import { setup } from './setup.ts';
import { type StoreContext, storePathsOf } from './store-paths.ts';

export interface DirectoryOptions {
  /** The folder with the sessions: below `root` where that is given, else any path. */
  readonly path: string;
  /** Folder that the path can never leave, not even through a symbolic link. Default: the folder of the path. */
  readonly root?: string;
  /** Library that writes the sessions; session3 by default. */
  readonly layout?: Layout;
  /** How files are reached. Default: node:fs, and clean-up in threads of its own. */
  readonly files?: FileSystem;
}

/** Sessions as files in a folder, one for each, as the layout says. */
export class DirectorySessionStore<Payload = Uint8Array> extends ReconnectingStore<Payload> {
  /** True among programs that use this class. session3's own writers empty a file before they fill it. */
  readonly isMultiprocessSafe = true;
  readonly isThreadSafe = true;

  /** Throws PathInvalid or InvalidInput where the options alone are wrong. */
  constructor(options: DirectoryOptions & Coding<Payload>) {
    const context = contextOf(options);
    super(() => openAt(context), options.codec);
  }
}

/** Opens the store of a claim that is mounted at `volumePath`. */
export const open: Open<DirectoryBackend> = async ({ spec, layout, volumePath }) =>
  openAt(contextOf({ root: volumePath, path: spec.path, layout }));

/** The same store, to plan only: its volume is mounted read-only. */
export const openPlanned: OpenPlanned<DirectoryBackend> = async ({ spec, layout, volumePath }) => {
  const context = contextOf({ root: volumePath, path: spec.path, layout });
  return {
    plan: (options) => asStoreErrors(context.paths, () => planFolder(context, options)),
    [Symbol.asyncDispose]: async () => undefined,
  };
};

function contextOf(options: DirectoryOptions): StoreContext {
  const absolute = resolve(options.path);
  return {
    files: options.files?.promises ?? fs.promises,
    ...(options.files && { syncFiles: options.files }),
    paths:
      options.root === undefined
        ? storePathsOf(dirname(absolute), basename(absolute))
        : storePathsOf(options.root, options.path),
    layout: directoryOf(options.layout ?? session3),
  };
}

function directoryOf(layout: Layout): FileForm {
  const { directory } = layout;
  if (directory && !lacksTtl(directory)) return directory;
  if (directory) {
    throw new StoreError(
      'InvalidInput',
      `Expected the sessions' lifetime, as ${layout.title} leaves it to the application's settings; got none. Set ` +
        'spec.layoutOptions.ttl to the same time.',
    );
  }
  throw new StoreError(
    'InvalidInput',
    `Expected a layout that keeps sessions in files; ${layout.title} does not.`,
  );
}

/** The store's methods, with file system errors as StoreErrors. No file is kept open. */
const openAt: OpenAt<StoreContext> = async (context) => {
  const wrapped = <T>(operation: () => Promise<T>) => asStoreErrors(context.paths, operation);
  return {
    loadSession: (id) => wrapped(() => loadSession(context, id)),
    saveSession: (id, payload) => wrapped(() => saveSession(context, id, payload)),
    deleteSession: (id) => wrapped(() => deleteSession(context, id)),
    hasSession: (id) => wrapped(() => hasSession(context, id)),
    async *iterSessions(): AsyncGenerator<Session> {
      try {
        yield* iterSessions(context);
      } catch (error) {
        throw storeErrorOf(error, context.paths);
      }
    },
    setup: (options) => wrapped(() => setup(context, options)),
    deleteOldSessions: (options) => wrapped(() => deleteOldSessions(context, options)),
    [Symbol.asyncDispose]: async () => undefined,
  };
};
