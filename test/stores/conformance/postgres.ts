import pg from 'pg';
import { PostgresSessionStore } from '../../../src/stores/postgres/store.ts';
import { sharedPostgres, unique } from '../../servers/shared.ts';
import type { Location, StoreKind } from './store-kind.ts';

/** A server with a database, each location a table in it. */
export async function postgresKind(): Promise<StoreKind> {
  const server = await sharedPostgres();
  const role = await server.createRole(unique('app'));
  const database = await server.createDatabase(unique('shop'), role);
  const sql = (text: string) => server.sql(`SET ROLE ${role.user}; ${text}`, { database });
  let count = 0;

  const makeLocation = async (): Promise<Location> => {
    const table = `sessions_${++count}`;
    const options = { host: server.host, port: server.port, ...role, database, table };
    return {
      options,
      isMultiprocessSafe: true,
      adopting: {},
      many: { sessions: 50_000, bytes: 2048 },
      makeUnmarked: async () => {
        await sql(`CREATE TABLE ${table} (id text PRIMARY KEY, pickle bytea NOT NULL,
          modify_time timestamptz NOT NULL DEFAULT now())`);
      },
      loseMark: async () => {
        await sql(`COMMENT ON TABLE ${table} IS NULL`);
      },
      makeUnlike: async () => {
        await sql(`CREATE TABLE ${table} (number int PRIMARY KEY, total numeric NOT NULL);
          INSERT INTO ${table} VALUES (1, 9.95), (2, 12)`);
      },
      unlike: () => sql(`TABLE ${table} ORDER BY 1`),
      saveOld: async (sessions) => {
        await using store = new PostgresSessionStore(options);
        for (const { id, payload, ageSeconds } of sessions) {
          await store.saveSession(id, payload);
          await sql(`UPDATE ${table} SET modify_time = now() - interval '${ageSeconds} s'
            WHERE id = ${pg.escapeLiteral(id)}`);
        }
      },
      fill: async (rows, bytes) => {
        await sql(`INSERT INTO ${table} (id, pickle)
          SELECT 'filled-' || i, decode(repeat(md5(i::text), ${Math.ceil(bytes / 16)}), 'hex') FROM generate_series(0, ${rows - 1}) AS i`);
      },
      fillOld: async (rows) => {
        await sql(`INSERT INTO ${table} (id, pickle, modify_time)
          SELECT 'old-' || i, '', now() - interval '1 day' FROM generate_series(1, ${rows}) AS i`);
      },
      outside: async () =>
        sql(`SELECT oid::regclass::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND relname NOT LIKE '${table}%' ORDER BY 1`),
      [Symbol.asyncDispose]: async () => {
        await sql(`DROP TABLE IF EXISTS ${table}`);
      },
    };
  };
  return { makeLocation, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
