/**
 * Cleaning 900,000 of 1,000,000 sessions from PostgreSQL: `pace: full` against one unbounded DELETE, and what an
 * application feels of `pace: polite`. In alternating pairs; prints each pair's ratio and their median.
 *
 *   node bench/postgres-cleanup.ts [full|polite] [pairs]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { session3 } from '../src/layouts/session3.ts';
import { deleteOldSessions } from '../src/stores/postgres/cleanup.ts';
import { openConnection } from '../src/stores/postgres/connection.ts';
import { startPostgres } from '../test/servers/postgres.ts';

const [what = 'full', pairs = '5'] = process.argv.slice(2);
const total = 1_000_000;
const settings = { fsync: 'on', autovacuum: 'off', shared_buffers: "'512MB'", max_wal_size: "'4GB'" };
await using server = await startPostgres({ settings });
const admin = await server.client();

/** A session of 200 bytes each; nine of ten untouched for two days, in no order. */
await admin.query(`CREATE TABLE template AS
  SELECT md5(n::text) AS id, decode(repeat(md5(n::text), 12), 'hex') AS pickle,
         now() - random() * interval '12 hours' - CASE WHEN n % 10 > 0 THEN interval '2 days' ELSE interval '0' END AS modify_time
    FROM generate_series(1, ${total}) AS n`);

async function refill(index: boolean): Promise<void> {
  await admin.query(`DROP TABLE IF EXISTS sessions;
    CREATE TABLE sessions (id text PRIMARY KEY, pickle bytea NOT NULL, modify_time timestamptz NOT NULL DEFAULT now());
    INSERT INTO sessions SELECT * FROM template`);
  if (index) await admin.query('CREATE INDEX ON sessions (modify_time)');
  await admin.query('VACUUM ANALYZE sessions');
  await admin.query('CHECKPOINT');
}

/** Runs clean-up as the runner would; gives its time and that of its slowest statement, in milliseconds. */
async function clean(pace: 'full' | 'polite'): Promise<{ ms: number; slowest: number }> {
  const folder = await server.connectionFolder(server.superuser, 'postgres');
  await using connection = await openConnection(folder);
  let slowest = 0;
  const query = connection.query.bind(connection);
  Object.assign(connection, {
    query: async (text: string, values?: readonly unknown[]) => {
      const started = performance.now();
      const result = await query(text, values);
      slowest = Math.max(slowest, performance.now() - started);
      return result;
    },
  });
  if (!session3.postgres) throw new Error('Expected session3 to know PostgreSQL');
  const target = { schema: 'public', table: 'sessions' };
  const context = {
    connection,
    target,
    layout: session3.postgres,
    layoutName: 'session3',
    age: session3.age,
  };
  const started = performance.now();
  const report = await deleteOldSessions(context, { ageSeconds: 86_400, pace });
  const ms = performance.now() - started;
  if (report.deleted !== (total / 10) * 9) throw new Error(`Expected 900000 deleted, got ${report.deleted}`);
  return { ms, slowest };
}

async function oneDelete(): Promise<number> {
  const started = performance.now();
  await admin.query(`DELETE FROM sessions WHERE modify_time < now() - interval '1 day'`);
  return performance.now() - started;
}

/** Four connections that load and touch live sessions until the work is done; gives their 99th percentile. */
async function application(work: () => Promise<unknown>): Promise<number> {
  const clients = await Promise.all(Array.from({ length: 4 }, () => server.client()));
  const latencies: number[] = [];
  let working = true;
  const use = async (client: (typeof clients)[number]) => {
    while (working) {
      const id = Math.ceil(Math.random() * (total / 10)) * 10;
      const started = performance.now();
      await client.query('SELECT pickle FROM sessions WHERE id = md5($1::text)', [id]);
      await client.query('UPDATE sessions SET modify_time = now() WHERE id = md5($1::text)', [id]);
      latencies.push(performance.now() - started);
      await sleep(5);
    }
  };
  const users = clients.map(use);
  await work();
  working = false;
  await Promise.all(users);
  await Promise.all(clients.map((client) => client.end()));
  return latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? Number.NaN;
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const say = (line: string) => process.stdout.write(`${line}\n`);

for (const index of [false, true]) {
  const ratios: number[] = [];
  for (let pair = 1; pair <= Number(pairs); pair++) {
    await refill(index);
    const label = `${index ? 'with' : 'without'} index, pair ${pair}:`;
    if (what === 'full') {
      const ours = await clean('full');
      await refill(index);
      const theirs = await oneDelete();
      ratios.push(ours.ms / theirs);
      say(
        `${label} ${ours.ms.toFixed(0)} ms, slowest statement ${ours.slowest.toFixed(0)} ms; one DELETE ${theirs.toFixed(0)} ms`,
      );
    } else {
      const alone = await application(() => sleep(6000));
      let ours = { ms: 0, slowest: 0 };
      const meanwhile = await application(async () => {
        ours = await clean('polite');
      });
      ratios.push(meanwhile / alone);
      const rate = (0.9 * total) / ours.ms;
      say(
        `${label} p99 ${alone.toFixed(2)} -> ${meanwhile.toFixed(2)} ms at ${rate.toFixed(0)} k rows/s, slowest statement ${ours.slowest.toFixed(0)} ms`,
      );
    }
  }
  say(
    `${what}, ${index ? 'with' : 'without'} index: median ratio ${median(ratios).toFixed(2)} (${ratios.map((r) => r.toFixed(2)).join(', ')})`,
  );
}
await admin.end();
