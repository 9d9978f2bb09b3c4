import { dirname, join, resolve } from 'node:path';
import type { ShelveBackend } from '../../api/backends/shelve.ts';
import type { Coding } from '../codec.ts';
import type { Open } from '../index.ts';
import { openPython, type PythonLocation } from '../python/location.ts';
import { ReconnectingStore } from '../reconnecting-store.ts';

export interface ShelveOptions {
  /** Path of the shelf, as Python's `shelve.open` expects it: some kinds of dbm add a suffix. */
  readonly path: string;
  /** Folder that the path can never leave, not even through a symbolic link. Default: the folder of the path. */
  readonly root?: string;
  /** Kind of a new shelf. Default: gnu. */
  readonly dbm?: 'gnu' | 'ndbm' | 'dumb' | 'sqlite3';
  /** Classes that use the shelf: session3's (default), or the safe ones of the Python package `sessionstore`. */
  readonly form?: 'Session3' | 'Safe';
  /** Whether the shelf may be cleaned while an application of session3 has it open. Default: Refuse. */
  readonly whileInUse?: 'Refuse' | 'Tolerate';
  /** True if every process that uses the shelf runs on this node. */
  readonly isColocated?: boolean;
  /** Python interpreter. Default: $SESSIONSTORE_PYTHON, else python3. */
  readonly python?: string;
}

/**
 * Sessions in a file of Python's shelve. A session's age follows its own time, or the time at which this class saved
 * it.
 */
export class ShelveSessionStore<Payload = Uint8Array> extends ReconnectingStore<Payload> {
  /**
   * True among programs that use this class or the Python package's: each call takes a lock file. session3's own class
   * takes no lock, and loses sessions.
   */
  readonly isMultiprocessSafe = true;

  /** The Python program serialises its work. */
  readonly isThreadSafe = true;

  /** Python starts on first use. */
  constructor(options: ShelveOptions & Coding<Payload>) {
    const location = locationOf(options);
    super((lost) => openPython(location, lost), options.codec);
  }
}

/** Opens the store of a claim that is mounted at `volumePath`. */
export const open: Open<ShelveBackend> = async ({ spec, volumePath }) => {
  const { path, dbm, form, whileInUse, colocateWith } = spec;
  const location = locationOf({
    root: volumePath,
    path: join(volumePath, path),
    ...(dbm && { dbm }),
    ...(form && { form }),
    ...(whileInUse && { whileInUse }),
    isColocated: colocateWith !== undefined,
  });
  return openPython(location);
};

function locationOf(options: ShelveOptions): PythonLocation {
  const path = resolve(options.path);
  const opening = {
    store: 'shelve',
    path,
    root: options.root === undefined ? dirname(path) : resolve(options.root),
    dbm: options.dbm ?? 'gnu',
    form: options.form ?? 'Session3',
    whileInUse: options.whileInUse ?? 'Refuse',
    colocated: options.isColocated ?? false,
  };
  return { opening, interpreter: options.python };
}
