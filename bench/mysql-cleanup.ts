/**
 * Cleaning 900,000 of 1,000,000 sessions from MySQL or MariaDB: the time of `pace: full` against that of one unbounded
 * DELETE, with and without an index on the time. Prints each pair's ratio and their median.
 *
 *   node bench/mysql-cleanup.ts mysql|mariadb [pairs]
 */
import { session3 } from '../src/layouts/session3.ts';
import { deleteOldSessions } from '../src/stores/mysql/cleanup.ts';
import { openConnection } from '../src/stores/mysql/connection.ts';
import { type Flavour, startMysql } from '../test/servers/mysql.ts';

const [flavour = 'mariadb', pairs = '5'] = process.argv.slice(2);
const total = 1_000_000;
const stale = (total / 10) * 9;
const settings = {
  'innodb-buffer-pool-size': '1G',
  'innodb-flush-log-at-trx-commit': '1',
  'skip-log-bin': 'ON',
};
await using server = await startMysql(flavour as Flavour, { settings });
const database = await server.createDatabase('bench');
const admin = await server.client({ database });
await admin.query("SET time_zone = '+00:00'");

// Sessions of 200 bytes; nine of ten untouched for two days, in no order.
await admin.query(`
  CREATE TABLE digits (d int); INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
  CREATE TABLE template (id varchar(255), pickle longblob, modify_time timestamp) AS
  SELECT SHA2(n, 224) AS id, REPEAT('x', 200) AS pickle,
         NOW() - INTERVAL FLOOR(43200 * RAND()) SECOND - INTERVAL IF(n % 10 > 0, 2, 0) DAY AS modify_time
    FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d AS n
            FROM digits a, digits b, digits c, digits e, digits f, digits g) AS numbers`);

async function refill(index: boolean): Promise<void> {
  await admin.query(`DROP TABLE IF EXISTS sessions;
    CREATE TABLE sessions (id varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
      pickle longblob NOT NULL, modify_time timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP);
    INSERT INTO sessions SELECT * FROM template ORDER BY id;
    ${index ? 'CREATE INDEX modify_time ON sessions (modify_time);' : ''} ANALYZE TABLE sessions`);
}

/** Cleans up as the runner would; gives its time and that of its slowest statement, in milliseconds. */
async function clean(): Promise<{ readonly ms: number; readonly slowest: number }> {
  const folder = await server.connectionFolder(server.superuser, database);
  await using connection = await openConnection(folder);
  let slowest = 0;
  const timed =
    <Args extends unknown[], Result>(send: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      const started = performance.now();
      const result = await send(...args);
      slowest = Math.max(slowest, performance.now() - started);
      return result;
    };
  const { query, change } = connection;
  Object.assign(connection, {
    query: timed(query.bind(connection)),
    change: timed(change.bind(connection)),
  });
  if (!session3.mysql) throw new Error('Expected session3 to know MySQL');
  const target = { database, table: 'sessions' };
  const context = { connection, target, layout: session3.mysql, layoutName: 'session3' };
  const started = performance.now();
  const { deleted } = await deleteOldSessions(context, { ageSeconds: 86_400, pace: 'full' });
  const ms = performance.now() - started;
  if (deleted !== stale) throw new Error(`Expected ${stale} deleted, got ${deleted}`);
  return { ms, slowest };
}

async function deleteAtOnce(): Promise<number> {
  const started = performance.now();
  await admin.query('DELETE FROM sessions WHERE modify_time < NOW() - INTERVAL 1 DAY');
  return performance.now() - started;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

for (const index of [false, true]) {
  const ratios: number[] = [];
  for (let pair = 0; pair < Number(pairs); pair += 1) {
    await refill(index);
    const { ms, slowest } = await clean();
    await refill(index);
    const once = await deleteAtOnce();
    ratios.push(ms / once);
    process.stdout.write(
      `${flavour}, ${index ? 'with' : 'without'} index: ${Math.round(ms)} ms, slowest statement ${Math.round(slowest)} ms; ` +
        `one DELETE ${Math.round(once)} ms; ratio ${(ms / once).toFixed(2)}\n`,
    );
  }
  process.stdout.write(`median ratio ${median(ratios).toFixed(2)}\n`);
}
await admin.end();
