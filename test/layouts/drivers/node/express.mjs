import { promisify } from 'node:util';
import session from 'express-session';

/** `save` and `isLive` of a library that is a store of express-session. */
export function expressStore(store) {
  const set = promisify(store.set.bind(store));
  const get = promisify(store.get.bind(store));
  return {
    /** As express-session saves a session at the end of a request; a store gives each session an expiry. */
    save: async (id, lifetimeSeconds) => {
      if (lifetimeSeconds === null) return undefined;
      const cookie = new session.Cookie({ maxAge: lifetimeSeconds * 1000 });
      const req = { sessionID: id, sessionStore: store };
      const saved = new session.Session(req, { cookie, user: id });
      await set(id, saved);
      return id;
    },
    isLive: async (id) => (await get(id))?.user === id,
  };
}
