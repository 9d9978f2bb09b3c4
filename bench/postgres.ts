import pg from 'pg';
import { PostgresSessionStore } from '../src/stores/library.ts';
import { startPostgres, type TestPostgres } from '../test/servers/postgres.ts';
import { type BenchStore, type BenchStoreOptions, expectDeleted, staleOf } from './bench-store.ts';
import { slowestStatement, timed } from './measure.ts';

/** As a server in production has them; without autovacuum, which would meet some measurements and not others. */
export const postgresSettings = {
  fsync: 'on',
  autovacuum: 'off',
  shared_buffers: "'512MB'",
  max_wal_size: "'4GB'",
};

/** How the library's class reaches a server. */
export const reaching = ({ host, port, superuser }: Pick<TestPostgres, 'host' | 'port' | 'superuser'>) => ({
  host,
  port,
  user: superuser.user,
  password: superuser.password,
  database: 'postgres',
});

/** Sessions of 200 bytes, in no order; all but each `live`th untouched for two days. */
export const postgresRows = (sessions: number, live: number) => `
  SELECT md5(n::text) AS id, decode(repeat(md5(n::text), 12), 'hex') AS pickle,
         now() - random() * interval '12 hours' - CASE WHEN n % ${live} > 0 THEN interval '2 days' ELSE interval '0' END AS modify_time
    FROM generate_series(1, ${sessions}) AS n`;

const table = `
  DROP TABLE IF EXISTS sessions;
  CREATE TABLE sessions (id text PRIMARY KEY, pickle bytea NOT NULL, modify_time timestamptz NOT NULL DEFAULT now());
  INSERT INTO sessions SELECT * FROM template`;

export async function postgresBench({ sessions, index = false }: BenchStoreOptions): Promise<BenchStore> {
  const server = await startPostgres({ settings: postgresSettings });
  const admin = await server.client();
  await admin.query(`CREATE TABLE template AS ${postgresRows(sessions, 10)}`);
  const stale = staleOf(sessions);
  return {
    title: `PostgreSQL, ${index ? 'with' : 'without'} an index`,
    stale,
    application: { kind: 'postgres', sessions, ...reaching(server) },
    fill: async () => {
      await admin.query(table);
      if (index) await admin.query('CREATE INDEX ON sessions (modify_time)');
      await admin.query('VACUUM ANALYZE sessions');
      await admin.query('CHECKPOINT');
    },
    clean: async (pace) => {
      await using store = new PostgresSessionStore(reaching(server));
      let ms = 0;
      const slowest = await slowestStatement(pg.Client, ['query'], async () => {
        ms = await timed(async () =>
          expectDeleted(await store.deleteOldSessions({ ageSeconds: 86_400, pace }), stale),
        );
      });
      return { ms, slowest };
    },
    deleteAtOnce: async () => {
      await admin.query(`DELETE FROM sessions WHERE modify_time < now() - interval '1 day'`);
    },
    [Symbol.asyncDispose]: async () => {
      await admin.end();
      await server[Symbol.asyncDispose]();
    },
  };
}
