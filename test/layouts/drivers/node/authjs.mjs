import { Auth } from '@auth/core';
import { tokenOf } from './stable-ids.mjs';

/**
 * Auth.js with the adapter that the variant names, by default the one of PostgreSQL: `authjs-<variant>.mjs` exports
 * `adapt({ url, table })`, which gives { adapter, migrate, close }.
 */
export async function open({ variant = 'pg', url, table }) {
  const { adapt } = await import(`./authjs-${variant}.mjs`);
  const { adapter, migrate, close } = await adapt({ url, table });
  let userId;
  return {
    save: async (id, lifetimeSeconds) => {
      if (lifetimeSeconds === null) return undefined;
      userId ??= (await adapter.createUser({ name: id, email: `${id}@example.org`, emailVerified: null })).id;
      const expires = new Date(Date.now() + lifetimeSeconds * 1000);
      const saved = await adapter.createSession({ sessionToken: tokenOf(id), userId, expires });
      return saved.sessionToken;
    },
    isLive: async (id, lifetimeSeconds) => {
      const headers = { cookie: `authjs.session-token=${tokenOf(id)}` };
      const response = await Auth(new Request('http://localhost/auth/session', { headers }), {
        adapter,
        basePath: '/auth',
        providers: [],
        secret: 'a secret of this test',
        // A session is never due for a new expiry.
        session: { strategy: 'database', maxAge: lifetimeSeconds, updateAge: lifetimeSeconds },
        trustHost: true,
      });
      return (await response.json())?.user !== undefined;
    },
    migrate,
    close,
  };
}
