import { dirname, join, resolve } from 'node:path';
import { type DurusBackend, portOf } from '../../api/backends/durus.ts';
import type { Coding } from '../codec.ts';
import type { Open } from '../index.ts';
import { openPython, type PythonLocation } from '../python/location.ts';
import { ReconnectingStore } from '../reconnecting-store.ts';
import { StoreError } from '../store-error.ts';
import { dialledAddress } from './address.ts';

/** Location of a storage: a file that no other process has open, or a server. */
export type DurusPlace =
  | {
      readonly path: string;
      /** Folder that the path can never leave. Default: the folder of the path. */
      readonly root?: string;
    }
  | { readonly socket: string }
  | {
      readonly host: string;
      readonly port: number;
      /** Address to connect to instead of the host's name. */
      readonly address?: string;
    };

export type DurusOptions = DurusPlace & {
  /** Classes that use the storage: session3's (default), or the safe ones of the Python package `sessionstore`. */
  readonly form?: 'Session3' | 'Safe';
  /** Whether a running server may be cleaned in session3's form. Default: Refuse. */
  readonly whileInUse?: 'Refuse' | 'Tolerate';
  /** Whether clean-up packs the storage. */
  readonly pack?: boolean;
  /** Python interpreter, which must have the package `durus`. Default: $SESSIONSTORE_PYTHON, else python3. */
  readonly python?: string;
};

/** Sessions in a Durus storage. A session's age follows its own time, or the time at which this class saved it. */
export class DurusSessionStore<Payload = Uint8Array> extends ReconnectingStore<Payload> {
  /**
   * True with a server: a commit that conflicts is retried. Only one process can open a file at a time; others get
   * LockTimeout.
   */
  readonly isMultiprocessSafe: boolean;

  /** The Python program serialises its work. */
  readonly isThreadSafe = true;

  /** Python starts on first use. */
  constructor(options: DurusOptions & Coding<Payload>) {
    const location = locationOf(options);
    super((lost) => openPython(location, lost), options.codec);
    this.isMultiprocessSafe = !('path' in options);
  }
}

/** Opens the store of a claim that is mounted at `volumePath`, or of a server. */
export const open: Open<DurusBackend> = async ({ spec, volumePath }) => {
  const { form, whileInUse, pack } = spec;
  const location = locationOf({
    ...(await placeIn(spec, volumePath)),
    ...(form && { form }),
    ...(whileInUse && { whileInUse }),
    ...(pack !== undefined && { pack }),
  });
  return openPython(location);
};

async function placeIn(spec: DurusBackend, volumePath: string): Promise<DurusPlace> {
  if (spec.path !== undefined) return { root: volumePath, path: join(volumePath, spec.path) };
  if (spec.socket !== undefined) return { socket: join(volumePath, spec.socket) };
  if (spec.host !== undefined) {
    const port = portOf(spec);
    return { host: spec.host, port, address: await dialledAddress(spec.host, port) };
  }
  throw new StoreError(
    'InvalidInput',
    'Expected backend.durus to name a path, a socket or a host; found none.',
  );
}

function locationOf(options: DurusOptions): PythonLocation {
  const opening = {
    store: 'durus',
    ...placeOf(options),
    form: options.form ?? 'Session3',
    whileInUse: options.whileInUse ?? 'Refuse',
    pack: options.pack ?? false,
  };
  return { opening, interpreter: options.python };
}

function placeOf(place: DurusPlace): Readonly<Record<string, unknown>> {
  if ('host' in place) {
    const { host, port, address = host } = place;
    return { host, port, address };
  }
  if ('socket' in place) return { socket: resolve(place.socket) };
  const path = resolve(place.path);
  return { path, root: place.root === undefined ? dirname(path) : resolve(place.root) };
}
