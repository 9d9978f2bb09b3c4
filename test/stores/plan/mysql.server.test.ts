import { beforeAll, describe, expect, test } from 'vitest';
import { connectionDefaults } from '../../../src/api/backends/mysql.ts';
import type { PlanReport } from '../../../src/api/plan-report.ts';
import type { RunnerInput } from '../../../src/api/runner-input.ts';
import { layoutOf } from '../../../src/layouts/index.ts';
import { readConnection } from '../../../src/stores/connection/connection-files.ts';
import { connectReadOnly } from '../../../src/stores/mysql/connection.ts';
import { planTable } from '../../../src/stores/mysql/planned.ts';
import { contextOf } from '../../../src/stores/tables/context.ts';
import { flavours, type TestMysql } from '../../servers/mysql.ts';
import { runRunner } from '../../servers/runner.ts';
import { sharedMysql, unique } from '../../servers/shared.ts';

const table = `
  CREATE TABLE sessions (session_id varchar(128) COLLATE utf8mb4_bin NOT NULL, expires int(11) unsigned NOT NULL,
    data mediumtext COLLATE utf8mb4_bin, PRIMARY KEY (session_id))`;

/** A session that ends so many seconds after now. */
const session = (id: string, seconds: number): string =>
  `INSERT INTO sessions VALUES ('${id}', UNIX_TIMESTAMP() + ${seconds}, '{}')`;

describe.each(flavours)('%s', (flavour) => {
  let mysql: TestMysql;
  beforeAll(async () => {
    mysql = await sharedMysql(flavour);
  });

  /** A database with these tables, and how to plan for it. */
  async function shop(...statements: readonly string[]) {
    const role = await mysql.createRole(unique('shop'));
    const database = await mysql.createDatabase(unique('shop'), role);
    for (const statement of statements) await mysql.sql(statement, { database });
    const folder = await mysql.connectionFolder(role, database);
    /** All that a write would change: the rows, and every table with its definition. */
    const state = async () => ({
      rows: statements.length > 0 ? await mysql.sql('SELECT * FROM sessions ORDER BY 1', { database }) : [],
      tables: await mysql.sql(
        `SELECT TABLE_NAME, TABLE_COMMENT, CAST(CREATE_TIME AS CHAR) AS made FROM information_schema.TABLES
          WHERE TABLE_SCHEMA = '${database}' ORDER BY 1`,
      ),
      indexes: await mysql.sql(
        `SELECT INDEX_NAME, COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = '${database}' ORDER BY 1, 2`,
      ),
    });
    const plan = async (change: Partial<RunnerInput['store']> = {}): Promise<PlanReport> => {
      const before = await state();
      const input: RunnerInput = {
        owner: { installation: 'test', namespace: 'shop', name: 'web' },
        store: {
          backend: { mysql: { connection: { secretName: 'shop-db' } } },
          layout: 'express-mysql-session',
          cleanup: { expiredFor: '10m' },
          ...change,
        },
      };
      const { code, result, output } = await runRunner({ command: 'plan-store', input, connection: folder });
      expect(await state()).toEqual(before);
      expect({ code, output }).toMatchObject({ code: 0 });
      if (!result?.plan) throw new Error(`Expected a plan: ${output}`);
      return result.plan;
    };
    return { folder, database, plan };
  }

  test('where no table is, set-up would make it', async () => {
    const { plan } = await shop();
    expect(await plan()).toMatchObject({ action: 'Create', marked: true, sessions: 0 });
  });

  test('a table that fits would be adopted, its sessions are counted by age, and it stays as it is', async () => {
    const ages = [3600, -300, -7200, -3 * 86_400, -20 * 86_400, -100 * 86_400, -3 * 365 * 86_400];
    const { plan } = await shop(table, ...ages.map((seconds, at) => session(`s${at}`, seconds)));
    const { notes, ...report } = await plan({ setup: { createIndex: true } });
    expect(report).toMatchObject({
      action: 'Adopt',
      sessions: 7,
      ages: { notStale: 2, underDay: 1, underWeek: 1, underMonth: 1, underYear: 1, older: 1 },
      oldestStale: expect.stringMatching(/^20\d\d-/),
      bytes: expect.any(Number),
    });
    expect(notes[0]).toBe('set-up would add the index on expires');
    expect(await plan({ setup: { ifExists: 'Fail' } })).toMatchObject({
      setupProblem: { reason: 'AlreadyExists' },
    });
  });

  test('columns that do not fit are said', async () => {
    const { plan } = await shop('CREATE TABLE sessions (session_id int PRIMARY KEY, expires text)');
    const { setupProblem, ages } = await plan();
    expect(setupProblem).toMatchObject({
      reason: 'ShapeMismatch',
      message: expect.stringContaining('expires'),
    });
    expect(ages).toBeUndefined();
  });

  test('a connection of a plan cannot write, with a transaction or without one', async () => {
    const { folder } = await shop(table, session('kept', 3600));
    await using connection = await connectReadOnly(await readConnection(folder, connectionDefaults));
    const refused = { cause: { errno: 1792 } };
    await expect(connection.change('DELETE FROM sessions')).rejects.toMatchObject(refused);
    await expect(connection.change('CREATE TABLE x (y int)')).rejects.toMatchObject(refused);
    await expect(connection.change("ALTER TABLE sessions COMMENT 'x'")).rejects.toMatchObject(refused);
    await expect(
      connection.transaction(() => connection.change('DELETE FROM sessions')),
    ).rejects.toMatchObject(refused);
  });

  test('a table that takes too long to count is estimated from both ends of its key, and the report says so', async () => {
    const digits = '(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4)';
    const rows = `FROM ${['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `${digits} ${name}`).join(', ')}`;
    const insert = `INSERT INTO sessions SELECT UUID(), UNIX_TIMESTAMP() + IF(a.d < 2, -172800, 3600), '{}' ${rows}`;
    const { folder, database } = await shop(table, insert, 'ANALYZE TABLE sessions');
    const settings = await readConnection(folder, connectionDefaults);
    await using connection = await connectReadOnly(settings);
    const layout = layoutOf('express-mysql-session');
    const context = contextOf({ settings, layout }, layout.mysql, {
      connection,
      target: { database, table: 'sessions' },
    });
    const owner = { installation: 'test', namespace: 'shop', name: 'web' };
    const options = { setup: { owner, ifExists: 'Adopt' as const }, cleanup: { ageSeconds: 600 } };
    const {
      sessions: count = 0,
      ages,
      isEstimate,
    } = await planTable(context, options, { countMs: 1, sampleRows: 20_000 });
    expect(isEstimate).toBe(true);
    expect(Math.abs(count - 5 ** 7)).toBeLessThan(30_000);
    expect(ages?.underWeek).toBeGreaterThan(0);
  });
});
