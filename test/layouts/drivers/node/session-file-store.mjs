import { utimes } from 'node:fs/promises';
import path from 'node:path';
import session from 'express-session';
import sessionFileStore from 'session-file-store';
import helpers from 'session-file-store/lib/session-file-helpers.js';
import { expressStore } from './express.mjs';

const FileStore = sessionFileStore(session);

/** Variant `secret`: files are encrypted. */
const newStore = ({ folder, variant }) =>
  new FileStore({
    path: folder,
    reapInterval: -1,
    // A missing file is not asked for again.
    retries: 0,
    // The library reports the end of a clean-up when its last file is done, whatever else is under way.
    reapMaxConcurrent: 1,
    ...(variant === 'secret' && { secret: 'a secret of the test, long enough' }),
  });

async function isLive(store, id) {
  try {
    return await expressStore(store).isLive(id);
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

export function open(options) {
  // Made when first used, as the library makes its folder then.
  let made;
  const store = () => {
    made ??= newStore(options);
    return made;
  };
  return {
    save: async (id, lifetimeSeconds) => {
      const key = await expressStore(store()).save(id, lifetimeSeconds);
      if (key === undefined) return undefined;
      const name = `${key}.json`;
      // The system's clock cannot be set back, only the library's.
      const now = new Date();
      await utimes(path.join(options.folder, name), now, now);
      return name;
    },
    isLive: (id) => isLive(store(), id),
    migrate: () => {
      store();
    },
    clean: () =>
      new Promise((done, fail) => helpers.reap(store().options, (error) => (error ? fail(error) : done()))),
    close: () => undefined,
  };
}
