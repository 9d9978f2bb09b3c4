import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { bearer } from 'better-auth/plugins/bearer';
import { drizzleDatabase } from './better-auth-drizzle.mjs';
import { isPostgres, postgresPool } from './connections.mjs';
import { mysqlPoolInZone } from './mysql-in-zone.mjs';
import { tokenOf } from './stable-ids.mjs';

const someone = { name: 'Someone', email: 'someone@example.org' };

/** A pool, from which better-auth makes its own queries and its own tables. */
function ownDatabase(url) {
  // `timezone` is the documentation's: https://www.better-auth.com/docs/adapters/mysql.
  const pool = isPostgres(url) ? postgresPool(url) : mysqlPoolInZone(url, { timezone: 'Z' });
  return {
    database: pool,
    migrate: async ({ options }) => (await getMigrations(options)).runMigrations(),
    close: () => pool.end(),
  };
}

/** The variant `drizzle` keeps the same in the tables of Drizzle. */
export function open({ variant, url, table = 'session' }) {
  const { database, migrate, close } = variant === 'drizzle' ? drizzleDatabase(url) : ownDatabase(url);
  const auth = (lifetimeSeconds) =>
    betterAuth({
      database,
      baseURL: 'http://localhost',
      secret: 'a secret of this test that is long enough',
      telemetry: { enabled: false },
      session: { modelName: table, expiresIn: lifetimeSeconds },
      plugins: [bearer()],
    });
  const user = async ({ internalAdapter }) =>
    (await internalAdapter.findUserByEmail(someone.email))?.user ??
    (await internalAdapter.createUser(someone));
  return {
    save: async (id, lifetimeSeconds) => {
      if (lifetimeSeconds === null) return undefined;
      const context = await auth(lifetimeSeconds).$context;
      const { id: userId } = await user(context);
      const own = { token: tokenOf(id), userAgent: id };
      return (await context.internalAdapter.createSession(userId, false, own, true)).id;
    },
    isLive: async (id, lifetimeSeconds) => {
      const headers = new Headers({ authorization: `Bearer ${tokenOf(id)}` });
      const found = await auth(lifetimeSeconds).api.getSession({ headers, query: { disableRefresh: true } });
      return found?.session.userAgent === id;
    },
    migrate: () => migrate(auth(3600)),
    close,
  };
}
