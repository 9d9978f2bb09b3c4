import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Database } from '@adonisjs/lucid/database';
import { BaseSchema } from '@adonisjs/lucid/schema';
import { adonisStore, stores } from './adonis-session.mjs';
import { setSessionZone } from './mysql-in-zone.mjs';

const stub = new URL('./make/migration/sessions.stub', import.meta.resolve('@adonisjs/session'));
const nothing = () => undefined;
const logger = {
  trace: nothing,
  debug: nothing,
  warn: console.warn,
  error: console.error,
  fatal: console.error,
};
const emitter = { emit: nothing, hasListeners: () => false };

function connectionTo(url) {
  if (url.startsWith('mysql:')) {
    const afterCreate = (connection, done) => {
      setSessionZone(connection);
      done(null, connection);
    };
    // AdonisJS' starter kits have TZ=UTC in their `.env`, which the driver's option stands for.
    return { client: 'mysql2', connection: { uri: url, timezone: 'Z' }, pool: { afterCreate } };
  }
  const options = `-c TimeZone=${process.env.TZ ?? 'UTC'}`;
  return { client: 'pg', connection: { connectionString: url, options } };
}

/** The migration that `node ace make:session-table` writes. */
async function migrationOf(table) {
  const text = await readFile(fileURLToPath(stub), 'utf8');
  const source = text.slice(text.indexOf('export default')).replaceAll('{{ migration.tableName }}', table);
  const body = source.replace('export default', 'return').replace('protected ', '');
  return new Function('BaseSchema', body)(BaseSchema);
}

export function open({ url, table = 'sessions' }) {
  const config = { connection: 'main', connections: { main: connectionTo(url) } };
  const db = new Database(config, logger, emitter);
  const store = (lifetimeSeconds, gcProbability) =>
    adonisStore(stores.database({ tableName: table, gcProbability }), lifetimeSeconds, db);
  return {
    save: async (id, lifetimeSeconds) => {
      if (lifetimeSeconds === null) return undefined;
      await (await store(lifetimeSeconds, 0)).write(id, { user: id });
      return id;
    },
    isLive: async (id, lifetimeSeconds) => (await (await store(lifetimeSeconds, 0)).read(id))?.user === id,
    migrate: async () => {
      const Migration = await migrationOf(table);
      await new Migration(db.connection(), 'sessions').execUp();
    },
    // Garbage is collected by chance after a write: here after each.
    clean: async (lifetimeSeconds) => {
      const always = await store(lifetimeSeconds, 100);
      await always.write('written-to-clean', {});
      await always.destroy('written-to-clean');
    },
    close: () => db.manager.closeAll(),
  };
}
