// An application's process with its sessions in connect-pg-simple, driven by its parent: `set` saves sessions that
// expire at the given times, `get` answers which of them the library still finds.
import connectPgSimple from 'connect-pg-simple';
import session from 'express-session';

const PgStore = connectPgSimple(session);
const store = new PgStore({ conObject: JSON.parse(process.argv[2] ?? ''), pruneSessionInterval: false });

const call = (method, ...args) =>
  new Promise((resolve, reject) => {
    store[method](...args, (error, value) => (error ? reject(error) : resolve(value)));
  });

const commands = {
  set: async (expiries) => {
    for (const [sid, expires] of Object.entries(expiries)) {
      await call('set', sid, { user: sid, cookie: { originalMaxAge: 1, expires: new Date(expires) } });
    }
  },
  get: async (sids) => {
    const found = [];
    for (const sid of sids) if ((await call('get', sid))?.user === sid) found.push(sid);
    return found;
  },
};

process.on('message', async ({ command, value }) => {
  try {
    process.send?.({ answer: (await commands[command](value)) ?? null });
  } catch (error) {
    process.send?.({ error: String(error) });
  }
});
process.on('disconnect', () => store.close());
