import { Connection } from 'mysql2/promise';
import { MysqlSessionStore } from '../src/stores/library.ts';
import { type Flavour, startMysql } from '../test/servers/mysql.ts';
import { type BenchStore, type BenchStoreOptions, expectDeleted, staleOf } from './bench-store.ts';
import { slowestStatement, timed } from './measure.ts';

/** As a server in production has them: redo log and binary log on the disk before a commit returns. */
export const mysqlSettings = (flavour: Flavour): Readonly<Record<string, string>> => ({
  'innodb-buffer-pool-size': '1G',
  'innodb-flush-log-at-trx-commit': '1',
  'log-bin': 'binlog',
  'server-id': '1',
  'binlog-format': 'ROW',
  'sync-binlog': '1',
  [flavour === 'mysql' ? 'innodb-redo-log-capacity' : 'innodb-log-file-size']: '2G',
});

const database = 'bench';
const titles: Readonly<Record<Flavour, string>> = { mysql: 'MySQL', mariadb: 'MariaDB' };

const digits = `(SELECT 0 AS d ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((d) => `UNION ALL SELECT ${d}`).join(' ')})`;
/** Ten million numbers, the first ones first. */
const numbers = `
  SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d + 1000000 * h.d AS n
    FROM ${digits} a, ${digits} b, ${digits} c, ${digits} e, ${digits} f, ${digits} g, ${digits} h`;

/** Sessions of 200 bytes, in no order, at most ten million; all but each `live`th untouched for two days. */
export const mysqlRows = (sessions: number, live: number, id: string) => `
  SELECT ${id} AS id, REPEAT('x', 200) AS pickle,
         NOW() - INTERVAL FLOOR(43200 * RAND()) SECOND - INTERVAL IF(n % ${live} > 0, 2, 0) DAY AS modify_time
    FROM (${numbers}) AS numbers WHERE n < ${sessions}`;

export const mysqlTable = `
  CREATE TABLE sessions (id varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
    pickle longblob NOT NULL, modify_time timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP)`;

const refill = (index: boolean) => `
  DROP TABLE IF EXISTS sessions;
  ${mysqlTable};
  INSERT INTO sessions SELECT * FROM template ORDER BY id;
  ${index ? 'CREATE INDEX modify_time ON sessions (modify_time);' : ''} ANALYZE TABLE sessions`;

export async function mysqlBench(
  flavour: Flavour,
  { sessions, index = false }: BenchStoreOptions,
): Promise<BenchStore> {
  const settings = mysqlSettings(flavour);
  const server = await startMysql(flavour, { settings });
  await server.createDatabase(database);
  const admin = await server.client({ database });
  // Filling the table is not part of the measurement.
  await admin.query(`SET time_zone = '+00:00', sql_log_bin = OFF`);
  await admin.query(`
    CREATE TABLE template (id varchar(255), pickle longblob, modify_time timestamp) AS
    ${mysqlRows(sessions, 10, 'SHA2(n, 224)')}`);
  const stale = staleOf(sessions);
  const { host, port, superuser } = server;
  const reaching = { host, port, user: superuser.user, password: superuser.password, database };
  return {
    title: `${titles[flavour]}, ${index ? 'with' : 'without'} an index`,
    stale,
    application: { kind: 'mysql', sessions, ...reaching },
    fill: async () => {
      await admin.query(refill(index));
    },
    clean: async (pace) => {
      await using store = new MysqlSessionStore(reaching);
      let ms = 0;
      const slowest = await slowestStatement(Connection, ['query', 'execute'], async () => {
        ms = await timed(async () =>
          expectDeleted(await store.deleteOldSessions({ ageSeconds: 86_400, pace }), stale),
        );
      });
      return { ms, slowest };
    },
    deleteAtOnce: async () => {
      await admin.query('SET sql_log_bin = ON');
      await admin.query('DELETE FROM sessions WHERE modify_time < NOW() - INTERVAL 1 DAY');
      await admin.query('SET sql_log_bin = OFF');
    },
    [Symbol.asyncDispose]: async () => {
      await admin.end();
      await server[Symbol.asyncDispose]();
    },
  };
}
