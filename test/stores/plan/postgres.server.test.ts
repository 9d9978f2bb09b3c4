import { beforeAll, expect, test } from 'vitest';
import { connectionDefaults } from '../../../src/api/backends/postgres.ts';
import type { PlanReport } from '../../../src/api/plan-report.ts';
import type { RunnerInput } from '../../../src/api/runner-input.ts';
import { layoutOf } from '../../../src/layouts/index.ts';
import { readConnection } from '../../../src/stores/connection/connection-files.ts';
import { connectReadOnly } from '../../../src/stores/postgres/connection.ts';
import { planTable } from '../../../src/stores/postgres/planned.ts';
import { contextOf } from '../../../src/stores/tables/context.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { runRunner } from '../../servers/runner.ts';
import { sharedPostgres, unique } from '../../servers/shared.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});

const table = `
  CREATE TABLE session (sid varchar NOT NULL PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL)`;
/** Sessions that end so long after now. */
const sessions = (count: number, interval: string): string =>
  `INSERT INTO session SELECT gen_random_uuid(), '{}', now() + interval '${interval}' FROM generate_series(1, ${count})`;

/** A database with a role that owns it and its tables, and how to plan for it. */
async function shop(...statements: readonly string[]) {
  const role = await postgres.createRole(unique('shop'));
  const database = await postgres.createDatabase(unique('shop'), role);
  const folder = await postgres.connectionFolder(role, database);
  const client = await postgres.client({ database, role });
  for (const statement of statements) await client.query(statement);
  await client.end();
  const sql = (text: string) => postgres.sql(text, { database });
  /** All that a write would change: each row's version, and every object with its comment. */
  const state = async () => ({
    rows: statements.length > 0 ? await sql('SELECT ctid::text, xmin::text, * FROM session ORDER BY 1') : [],
    objects:
      await sql(`SELECT c.oid::bigint, c.relname, c.relfilenode::bigint, obj_description(c.oid, 'pg_class')
                          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                         WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1`),
  });
  const plan = async (change: Partial<RunnerInput['store']> = {}): Promise<PlanReport> => {
    const before = await state();
    const input: RunnerInput = {
      owner: { installation: 'test', namespace: 'shop', name: 'web' },
      store: {
        backend: { postgres: { connection: { secretName: 'shop-db' } } },
        layout: 'connect-pg-simple',
        cleanup: { expiredFor: '10m' },
        ...change,
      },
    };
    const { code, result, output, resultText } = await runRunner({
      command: 'plan-store',
      input,
      connection: folder,
    });
    expect(await state()).toEqual(before);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(Buffer.byteLength(resultText)).toBeLessThanOrEqual(3584);
    if (!result?.plan) throw new Error(`Expected a plan: ${output}`);
    return result.plan;
  };
  return { folder, sql, role, database, plan };
}

test('where no table is, set-up would make it, and there is nothing to delete', async () => {
  const { plan } = await shop();
  expect(await plan()).toMatchObject({ action: 'Create', marked: true, sessions: 0 });
});

test('a table that fits would be adopted; its sessions are counted by age, and nothing is changed', async () => {
  const { plan } = await shop(
    table,
    ...[sessions(5, '1 hour'), sessions(1, '-5 minutes'), sessions(3, '-2 hours'), sessions(4, '-3 days')],
    ...[sessions(2, '-20 days'), sessions(6, '-100 days'), sessions(7, '-3 years')],
  );
  expect(await plan()).toMatchObject({
    action: 'Adopt',
    marked: true,
    sessions: 28,
    ages: { notStale: 6, underDay: 3, underWeek: 4, underMonth: 2, underYear: 6, older: 7 },
    oldestStale: expect.stringMatching(/^20\d\d-/),
    bytes: expect.any(Number),
    timeZone: { source: 'Connection' },
    connection: { server: expect.stringContaining('PostgreSQL') },
    notes: [expect.stringContaining('no index on expire')],
  });
  const { notes, ages } = await plan({ setup: { createIndex: true }, cleanup: {} });
  expect(notes[0]).toBe('set-up would add the index on expire');
  expect(ages).toMatchObject({ notStale: 5, underDay: 4 });
});

test('columns that do not fit, a table that must not exist and a right that clean-up lacks are said', async () => {
  const wrong = await shop('CREATE TABLE session (sid int PRIMARY KEY, expire text)');
  const { setupProblem, ages } = await wrong.plan();
  expect(setupProblem).toMatchObject({ reason: 'ShapeMismatch', message: expect.stringContaining('expire') });
  expect(ages).toBeUndefined();
  const { plan, sql, role } = await shop(table, sessions(1, '-1 day'));
  expect(await plan({ setup: { ifExists: 'Fail' } })).toMatchObject({
    setupProblem: { reason: 'AlreadyExists' },
  });
  await sql(`ALTER TABLE session OWNER TO postgres; GRANT SELECT ON session TO "${role.user}"`);
  expect(await plan()).toMatchObject({
    action: 'Adopt',
    marked: false,
    ages: { underDay: 1 },
    cleanupProblem: { reason: 'PermissionDenied', message: expect.stringContaining('GRANT SELECT, DELETE') },
  });
});

test('an overwrite is named as what it is, and a table of another SessionStore is refused', async () => {
  const { plan, sql, folder } = await shop();
  const input: RunnerInput = {
    owner: { installation: 'test', namespace: 'shop', name: 'other' },
    store: { backend: { postgres: { connection: { secretName: 'shop-db' } } }, layout: 'connect-pg-simple' },
  };
  expect((await runRunner({ command: 'setup', input, connection: folder })).code).toBe(0);
  await sql(sessions(1, '1 hour'));
  expect(await plan()).toMatchObject({ setupProblem: { reason: 'Conflict' }, sessions: 1 });
  const { plan: again } = await shop(table, sessions(2, '1 hour'));
  expect(await again({ setup: { ifExists: 'Overwrite', overwriteToken: 'now' } })).toMatchObject({
    action: 'Overwrite',
    sessions: 2,
  });
});

test('a connection of a plan cannot write: not in a statement, not in a transaction, and it cannot take that back', async () => {
  const { folder, sql } = await shop(table, sessions(1, '1 hour'));
  await using connection = await connectReadOnly(await readConnection(folder, connectionDefaults));
  const refused = { cause: { code: '25006' } };
  await expect(connection.query('DELETE FROM public.session')).rejects.toMatchObject(refused);
  await expect(connection.query('CREATE TABLE public.x ()')).rejects.toMatchObject(refused);
  await expect(
    connection.transaction(() => connection.query('DELETE FROM public.session')),
  ).rejects.toMatchObject(refused);
  const taken = () => connection.query('SET LOCAL transaction_read_only = off; DELETE FROM public.session');
  await expect(connection.transaction(taken, { transaction_read_only: 'off' })).rejects.toThrow(
    /read-write mode/,
  );
  expect(await sql('SELECT FROM session')).toHaveLength(1);
});

test('a table that takes too long to count is estimated from a sample of its pages, and the report says so', async () => {
  const { folder } = await shop(
    table,
    sessions(120_000, '1 hour'),
    sessions(80_000, '-2 days'),
    'VACUUM session',
  );
  const settings = await readConnection(folder, connectionDefaults);
  await using connection = await connectReadOnly(settings);
  const layout = layoutOf('connect-pg-simple');
  const target = { schema: 'public', table: 'session' };
  const context = contextOf({ settings, layout }, layout.postgres, { connection, target });
  const owner = { installation: 'test', namespace: 'shop', name: 'web' };
  const options = { setup: { owner, ifExists: 'Adopt' as const }, cleanup: { ageSeconds: 600 } };
  const {
    sessions: count = 0,
    ages,
    isEstimate,
  } = await planTable(context, options, {
    countTime: '1ms',
    samplePages: 1000,
  });
  expect(isEstimate).toBe(true);
  expect(Math.abs(count - 200_000)).toBeLessThan(60_000);
  expect(Math.abs((ages?.underWeek ?? 0) - 80_000)).toBeLessThan(40_000);
});
