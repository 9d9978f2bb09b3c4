import { dirname, join, resolve } from 'node:path';
import type { ShelveBackend } from '../../api/backends/shelve.ts';
import type { Coding } from '../codec.ts';
import type { Open } from '../index.ts';
import { LazySessionStore } from '../lazy-store.ts';

export interface ShelveOptions {
  /** The shelf, as Python's `shelve.open` names it: some kinds of dbm add a suffix. */
  readonly path: string;
  /** The folder that the path can never leave, not even through a symbolic link. Default: the one it lies in. */
  readonly root?: string;
  /** What set-up makes. Default: gnu. */
  readonly dbm?: 'gnu' | 'ndbm' | 'dumb' | 'sqlite3';
  /** Whose classes use it: session3's (default), or the safe ones of the Python package `sessionstore`. */
  readonly form?: 'Session3' | 'Safe';
  /** Whether it may be cleaned while an application of session3 has it open. Default: Refuse. */
  readonly whileInUse?: 'Refuse' | 'Tolerate';
  /** Whether all who use it are on this node. */
  readonly isColocated?: boolean;
  /** The Python to run. Default: $SESSIONSTORE_PYTHON, else python3. */
  readonly python?: string;
}

/** Sessions in a file of Python's shelve, its age what the session says, or when this class saved it. */
export class ShelveSessionStore<Payload = Uint8Array> extends LazySessionStore<Payload> {
  /**
   * True among programs that use this class or the Python package's: each call takes a lock file. session3's own class
   * takes none, and loses sessions.
   */
  readonly isMultiprocessSafe = true;

  /** The program does one thing after the other. */
  readonly isThreadSafe = true;

  /** Starts Python when it is first used. */
  constructor(options: ShelveOptions & Coding<Payload>) {
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
    super(async (lost) => {
      const { PythonByteStore } = await import('../python/byte-store.ts');
      return new PythonByteStore(opening, options.python, lost);
    }, options.codec);
  }
}

/** The store of a claim that is mounted at `volumePath`. */
export const open: Open<ShelveBackend> = async ({ spec, volumePath }) => {
  const { path, dbm, form, whileInUse, colocateWith } = spec;
  return new ShelveSessionStore({
    root: volumePath,
    path: join(volumePath, path),
    ...(dbm && { dbm }),
    ...(form && { form }),
    ...(whileInUse && { whileInUse }),
    isColocated: colocateWith !== undefined,
  });
};
