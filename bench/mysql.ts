import { MysqlSessionStore } from '../src/stores/library.ts';
import { type Flavour, startMysql } from '../test/servers/mysql.ts';
import { type BenchStore, type BenchStoreOptions, expectDeleted, staleOf } from './bench-store.ts';
import { slowestStatement, timed } from './measure.ts';

/** As a server in production has them: redo log and binary log on the disk before a commit returns. */
export const mysqlSettings: Readonly<Record<Flavour, Readonly<Record<string, string>>>> = {
  mysql: { 'innodb-redo-log-capacity': '2G' },
  mariadb: { 'innodb-log-file-size': '2G' },
};
export const mysqlCommonSettings = {
  ...{ 'innodb-buffer-pool-size': '1G', 'innodb-flush-log-at-trx-commit': '1' },
  ...{ 'log-bin': 'binlog', 'server-id': '1', 'binlog-format': 'ROW', 'sync-binlog': '1' },
};

const database = 'bench';
const titles: Readonly<Record<Flavour, string>> = { mysql: 'MySQL', mariadb: 'MariaDB' };

/** Sessions of 200 bytes; nine of ten untouched for two days, in no order. Numbers 0 to 9,999,999 at most. */
const template = (sessions: number) => `
  CREATE TABLE digits (d int); INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
  CREATE TABLE template (id varchar(255), pickle longblob, modify_time timestamp) AS
  SELECT SHA2(n, 224) AS id, REPEAT('x', 200) AS pickle,
         NOW() - INTERVAL FLOOR(43200 * RAND()) SECOND - INTERVAL IF(n % 10 > 0, 2, 0) DAY AS modify_time
    FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d + 1000000 * h.d AS n
            FROM digits a, digits b, digits c, digits e, digits f, digits g, digits h) AS numbers
   WHERE n < ${sessions}`;

const table = (index: boolean) => `
  DROP TABLE IF EXISTS sessions;
  CREATE TABLE sessions (id varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
    pickle longblob NOT NULL, modify_time timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
  INSERT INTO sessions SELECT * FROM template ORDER BY id;
  ${index ? 'CREATE INDEX modify_time ON sessions (modify_time);' : ''} ANALYZE TABLE sessions`;

export async function mysqlBench(
  flavour: Flavour,
  { sessions, index = false }: BenchStoreOptions,
): Promise<BenchStore> {
  const settings = { ...mysqlCommonSettings, ...mysqlSettings[flavour] };
  const server = await startMysql(flavour, { settings });
  await server.createDatabase(database);
  const admin = await server.client({ database });
  // What fills it is no part of what is measured.
  await admin.query(`SET time_zone = '+00:00', sql_log_bin = OFF`);
  await admin.query(template(sessions));
  const stale = staleOf(sessions);
  const { host, port, superuser } = server;
  const reaching = { host, port, user: superuser.user, password: superuser.password, database };
  return {
    title: `${titles[flavour]}, ${index ? 'with' : 'without'} an index`,
    ...{ stale, application: { kind: 'mysql', sessions, ...reaching } },
    fill: async () => {
      await admin.query(table(index));
    },
    clean: async (pace) => {
      await using store = new MysqlSessionStore(reaching);
      let ms = 0;
      const slowest = await slowestStatement(admin, ['query', 'execute'], async () => {
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
