/**
 * A clean-up of nine of ten sessions from a table of PostgreSQL, for each form of time: the best of some runs, and how
 * many times that of the fastest form it is.
 *
 *   node bench/time-forms.ts [--sessions 1000000] [--runs 3]
 */
import { parseArgs } from 'node:util';
import { connectionDefaults } from '../src/api/backends/postgres.ts';
import { deleteOldSessions } from '../src/stores/postgres/cleanup.ts';
import { connectTo } from '../src/stores/postgres/connection.ts';
import { settingsFrom } from '../src/stores/server-options.ts';
import { startPostgres } from '../test/servers/postgres.ts';
import { formWith, type TimeForm, timeForms } from '../test/stores/postgres/table-forms.ts';
import { expectDeleted } from './bench-store.ts';
import { numberOf, say, timed } from './measure.ts';
import { postgresSettings, reaching } from './postgres.ts';

const { values } = parseArgs({
  options: { sessions: { type: 'string', default: '1000000' }, runs: { type: 'string', default: '3' } },
});
const [sessions, runs] = [numberOf(values.sessions), numberOf(values.runs)];

await using server = await startPostgres({ settings: postgresSettings });
const admin = await server.client();
await admin.query(`CREATE TABLE template AS
  SELECT md5(n::text) AS id, decode(repeat(md5(n::text), 12), 'hex') AS pickle,
         now() - random() * interval '12 hours' - CASE WHEN n % 10 > 0 THEN interval '2 days' ELSE interval '0' END AS t
    FROM generate_series(1, ${sessions}) AS n`);

const tableOf = ({ columns, values: times }: TimeForm, index: boolean): readonly string[] => [
  'DROP TABLE IF EXISTS sessions',
  `CREATE TABLE sessions (id text PRIMARY KEY, pickle bytea NOT NULL, ${columns.replace(/, |$/g, ' NOT NULL$&')})`,
  `INSERT INTO sessions SELECT id, pickle, ${times} FROM template`,
  ...(index ? ['CREATE INDEX ON sessions (time)'] : []),
  'VACUUM ANALYZE sessions',
  'CHECKPOINT',
];

async function milliseconds(form: TimeForm, index: boolean): Promise<number> {
  for (const statement of tableOf(form, index)) await admin.query(statement);
  await using connection = await connectTo(settingsFrom(reaching(server), connectionDefaults));
  const context = {
    ...{ connection, layout: formWith(form.rule), layoutName: 'custom', age: 'expiry' as const },
    target: { schema: 'public', table: 'sessions' },
    ...(form.timeZone !== undefined && { timeZone: form.timeZone }),
  };
  return await timed(async () =>
    expectDeleted(
      await deleteOldSessions(context, { ageSeconds: 86_400, pace: 'full' }),
      (sessions / 10) * 9,
    ),
  );
}

for (const index of [false, true]) {
  const best: [string, number][] = [];
  for (const [name, form] of Object.entries(timeForms)) {
    const times: number[] = [];
    for (let run = 0; run < runs; run++) times.push(await milliseconds(form, index));
    best.push([name, Math.min(...times)]);
  }
  const fastest = Math.min(...best.map(([, ms]) => ms));
  for (const [name, ms] of best)
    say(
      `${index ? 'with' : 'without'} an index, ${name}: ${Math.round(ms)} ms, ratio ${(ms / fastest).toFixed(2)}`,
    );
}
await admin.end();
