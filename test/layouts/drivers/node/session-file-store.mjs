import { utimes } from 'node:fs/promises';
import path from 'node:path';
import session from 'express-session';
import sessionFileStore from 'session-file-store';
import helpers from 'session-file-store/lib/session-file-helpers.js';
import { expressStore } from './express.mjs';

const FileStore = sessionFileStore(session);

/** Variant `secret`: files are encrypted. */
export function open({ folder, variant }) {
  const store = new FileStore({
    path: folder,
    reapInterval: -1,
    // A missing file is not asked for again.
    retries: 0,
    // The library reports the end of a clean-up when its last file is done, whatever else is under way.
    reapMaxConcurrent: 1,
    ...(variant === 'secret' && { secret: 'a secret of the test, long enough' }),
  });
  const { save, isLive } = expressStore(store);
  return {
    save: async (id, lifetimeSeconds) => {
      const key = await save(id, lifetimeSeconds);
      if (key === undefined) return undefined;
      const name = `${key}.json`;
      // The system's clock cannot be set back, only the library's.
      const now = new Date();
      await utimes(path.join(folder, name), now, now);
      return name;
    },
    isLive: (id) =>
      isLive(id).catch((error) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      }),
    // The library makes its folder when it is opened.
    migrate: () => undefined,
    clean: () =>
      new Promise((done, fail) => helpers.reap(store.options, (error) => (error ? fail(error) : done()))),
    close: () => undefined,
  };
}
