/**
 * Cleaning 900,000 of 1,000,000 sessions from PostgreSQL: the time of `pace: full` against that of one unbounded
 * DELETE, and what an application feels of `pace: polite`. Prints each pair's ratio and their median.
 *
 *   node bench/postgres-cleanup.ts full|polite [pairs]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { session3 } from '../src/layouts/session3.ts';
import { systemClock } from '../src/stores/pace.ts';
import { deleteOldSessions } from '../src/stores/postgres/cleanup.ts';
import { openConnection } from '../src/stores/postgres/connection.ts';
import { startPostgres } from '../test/servers/postgres.ts';

const [what = 'full', pairs = '5'] = process.argv.slice(2);
const total = 1_000_000;
const stale = (total / 10) * 9;
const settings = { fsync: 'on', autovacuum: 'off', shared_buffers: "'512MB'", max_wal_size: "'4GB'" };
await using server = await startPostgres({ settings });
const admin = await server.client();

// Sessions of 200 bytes; nine of ten untouched for two days, in no order.
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

/** Cleans up as the runner would; gives its time and that of its slowest statement, in milliseconds. */
async function clean(pace: 'full' | 'polite'): Promise<{ readonly ms: number; readonly slowest: number }> {
  const folder = await server.connectionFolder(server.superuser, 'postgres');
  await using connection = await openConnection(folder);
  const query = connection.query.bind(connection);
  let slowest = 0;
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
  const { deleted } = await deleteOldSessions(context, { ageSeconds: 86_400, pace });
  const ms = performance.now() - started;
  if (deleted !== stale) throw new Error(`Expected ${stale} deleted, got ${deleted}`);
  return { ms, slowest };
}

const windowMs = 500;
type Turn = 'alone' | 'meanwhile';

/**
 * Four connections load and touch live sessions, while clean-up is held for half a second and let work for half a
 * second in turns, so that what else the machine is doing meets both alike. Gives the 99th percentile of each.
 */
async function feel(cleaning: () => Promise<void>): Promise<Readonly<Record<Turn, number>>> {
  const clients = await Promise.all(Array.from({ length: 4 }, () => server.client()));
  const latencies: Record<Turn, number[]> = { alone: [], meanwhile: [] };
  const began = performance.now();
  const turn = (): Turn =>
    Math.floor((performance.now() - began) / windowMs) % 2 === 0 ? 'alone' : 'meanwhile';
  let ended = false;
  const use = async (client: (typeof clients)[number]) => {
    while (!ended) {
      const id = Math.ceil(Math.random() * (total / 10)) * 10;
      const [started, during] = [performance.now(), turn()];
      await client.query('SELECT pickle FROM sessions WHERE id = md5($1::text)', [id]);
      await client.query('UPDATE sessions SET modify_time = now() WHERE id = md5($1::text)', [id]);
      if (during === turn()) latencies[during].push(performance.now() - started);
      await sleep(5);
    }
  };
  const users = clients.map(use);
  const rest = systemClock.sleep;
  const restAndHold = async (ms: number) => {
    await rest(ms);
    while (turn() === 'alone') await sleep(5);
  };
  Object.assign(systemClock, { sleep: restAndHold });
  await cleaning();
  Object.assign(systemClock, { sleep: rest });
  ended = true;
  await Promise.all(users);
  await Promise.all(clients.map((client) => client.end()));
  return { alone: quantile(latencies.alone, 0.99), meanwhile: quantile(latencies.meanwhile, 0.99) };
}

const quantile = (values: readonly number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * q)] ?? Number.NaN;
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Each compares one pair, says what it saw and gives the ratio. */
const comparisons = {
  full: async (index: boolean) => {
    await refill(index);
    const ours = await clean('full');
    await refill(index);
    const started = performance.now();
    await admin.query(`DELETE FROM sessions WHERE modify_time < now() - interval '1 day'`);
    const theirs = performance.now() - started;
    const [a, b, c] = [ours.ms, theirs, ours.slowest].map(Math.round);
    say(`${a} ms against ${b} ms; slowest statement ${c} ms`);
    return ours.ms / theirs;
  },
  polite: async (index: boolean) => {
    await refill(index);
    let ours = { ms: 0, slowest: 0 };
    const { alone, meanwhile } = await feel(async () => {
      ours = await clean('polite');
    });
    const rate = Math.round(stale / (ours.ms / 2));
    const slowest = Math.round(ours.slowest);
    say(
      `p99 ${meanwhile.toFixed(1)} ms against ${alone.toFixed(1)} ms; ${rate}k rows/s; slowest statement ${slowest} ms`,
    );
    return meanwhile / alone;
  },
};

const compare = comparisons[what === 'polite' ? 'polite' : 'full'];
for (const index of [false, true]) {
  const ratios: number[] = [];
  for (let pair = 0; pair < Number(pairs); pair++) ratios.push(await compare(index));
  const all = ratios.map((ratio) => ratio.toFixed(2)).join(' ');
  say(
    `${what}, ${index ? 'with' : 'without'} index: median ratio ${quantile(ratios, 0.5).toFixed(2)} (${all})`,
  );
}
await admin.end();
