import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoreSpec } from '../../src/api/effective.ts';
import type { RunnerEnd } from '../servers/runner.ts';
import { runRunner } from '../servers/runner.ts';
import { sharedMysql, sharedPostgres, unique } from '../servers/shared.ts';

const owner = { installation: 'cluster-1', namespace: 'shop', name: 'web' };

/** A database with a table of the application's own. */
interface Own extends AsyncDisposable {
  readonly backend: 'postgres' | 'mysql';
  readonly connection: string;
  sql<Row extends object>(text: string): Promise<Row[]>;
}

const servers = {
  PostgreSQL: async (): Promise<Own> => {
    const server = await sharedPostgres();
    const role = await server.createRole(unique('app'));
    const database = await server.createDatabase(unique('own'), role);
    await server.sql(`ALTER SCHEMA public OWNER TO ${role.user}`, { database });
    const client = await server.client({ database, role });
    return {
      backend: 'postgres',
      connection: await server.connectionFolder(role, database),
      sql: async <Row extends object>(text: string) => (await client.query(text)).rows as Row[],
      [Symbol.asyncDispose]: async () => {
        await client.end();
        await server[Symbol.asyncDispose]();
      },
    };
  },
  MySQL: () => ownMysql('mysql'),
  MariaDB: () => ownMysql('mariadb'),
} as const;

async function ownMysql(flavour: 'mysql' | 'mariadb'): Promise<Own> {
  const server = await sharedMysql(flavour);
  const role = await server.createRole(unique('app'));
  const database = await server.createDatabase(unique('own'), role);
  return {
    backend: 'mysql',
    connection: await server.connectionFolder(role, database),
    sql: (text) => server.sql(text, { database }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const now = Math.floor(Date.now() / 1000);

/** Two dead sessions, one live one, one that never ends, and a dead row that is no session. */
const tokens = (table: string, unit = 1) => `
  CREATE TABLE ${table} (id int PRIMARY KEY, kind varchar(20) NOT NULL, token varchar(64) NOT NULL, ends_at bigint);
  INSERT INTO ${table} VALUES (1, 'session', 'a', ${(now - 7200) * unit}), (2, 'session', 'b', ${(now - 86_400) * unit}),
    (3, 'session', 'c', ${(now + 7200) * unit}), (4, 'session', 'd', 0), (5, 'invitation', 'e', ${(now - 7200) * unit});`;

const layout = {
  means: 'expiry',
  table: {
    key: 'token',
    time: 'ends_at',
    unit: 's',
    never: [0],
    only: { column: 'kind', equals: 'session' },
  },
} as const;

describe.each(Object.keys(servers) as (keyof typeof servers)[])('a table of one’s own in %s', (name) => {
  let own: Own;
  beforeAll(async () => {
    own = await servers[name]();
  });
  afterAll(() => own[Symbol.asyncDispose]());

  const run = (
    command: 'setup' | 'delete-old',
    table: string,
    customLayout: unknown,
    counted = true,
  ): Promise<RunnerEnd> =>
    runRunner({
      command,
      connection: own.connection,
      input: {
        owner,
        store: {
          backend: { [own.backend]: { connection: { secretName: 'db' }, table } },
          layout: 'custom',
          customLayout: customLayout as NonNullable<StoreSpec['customLayout']>,
          cleanup: { expiredFor: '5m' },
        },
        marked: false,
        counted,
      },
    });
  const idsIn = async (table: string) =>
    (await own.sql<{ id: number }>(`SELECT id FROM ${table} ORDER BY id`)).map(({ id }) => id);

  test('is only counted until its counts are confirmed, and then cleaned of its dead sessions alone', async () => {
    await own.sql(tokens('tokens'));
    expect((await run('setup', 'tokens', layout)).result).toMatchObject({ setup: { outcome: 'Adopted' } });
    const counted = await run('delete-old', 'tokens', layout);
    expect(counted.result?.cleanup).toMatchObject({ dryRun: true, deleted: 0, overdue: 2 });
    expect(counted.result?.cleanup?.notes.join()).toContain('customLayout.confirmed');
    expect(await idsIn('tokens')).toEqual([1, 2, 3, 4, 5]);
    const confirmed = { ...layout, confirmed: true };
    const first = await run('delete-old', 'tokens', confirmed, false);
    expect(first.result?.cleanup).toMatchObject({ dryRun: true, deleted: 0, overdue: 2 });
    expect(first.result?.cleanup?.notes.join()).toContain('first run by this customLayout');
    expect(await idsIn('tokens')).toEqual([1, 2, 3, 4, 5]);
    const cleaned = await run('delete-old', 'tokens', confirmed);
    expect(cleaned.result?.cleanup).toMatchObject({ dryRun: false, deleted: 2, overdue: 0 });
    expect(await idsIn('tokens')).toEqual([3, 4, 5]);
  });

  test('that does not exist is never made', async () => {
    const { result } = await run('setup', 'missing', layout);
    expect(result?.failure).toMatchObject({ reason: 'StoreMissing' });
  });

  test.each([
    ['a column that is no time', { ...layout.table, time: 'token' }, 'token'],
    ['a column that does not exist', { ...layout.table, time: 'expires' }, 'expires'],
    ['a number without a unit', { key: 'token', time: 'ends_at' }, 'ends_at'],
    ['a number with a zone', { ...layout.table, zone: 'UTC' }, 'leave out customLayout.table.zone'],
  ])('%s is refused with its name', async (_what, table, column) => {
    await own.sql(`DROP TABLE IF EXISTS refused; ${tokens('refused')}`);
    const { result } = await run('setup', 'refused', { means: 'expiry', table });
    expect(result?.failure).toMatchObject({ reason: 'ShapeMismatch' });
    expect(result?.failure?.message).toContain(column);
  });

  test('milliseconds that are said to be seconds delete nothing', async () => {
    await own.sql(`${tokens('wrong', 1000)} DELETE FROM wrong WHERE ends_at = 0;`);
    const { result } = await run('delete-old', 'wrong', { ...layout, confirmed: true });
    expect(result?.failure).toMatchObject({ reason: 'ShapeMismatch' });
    expect(result?.failure?.message).toContain('milliseconds');
    expect(await idsIn('wrong')).toEqual([1, 2, 3, 5]);
  });

  test('a wrong unit is recognised beside numbers that mean never and are not declared', async () => {
    const never = 253_402_300_799_000;
    const { never: _zero, ...table } = layout.table;
    await own.sql(`${tokens('mixed', 1000)} UPDATE mixed SET ends_at = 0 WHERE id = 1;`);
    await own.sql(`${tokens('mixed_ms')} UPDATE mixed_ms SET ends_at = ${never} WHERE id = 4;`);
    for (const [name, unit, words] of [
      ['mixed', 's', 'They look like milliseconds'],
      ['mixed_ms', 'ms', 'They look like seconds'],
    ] as const) {
      const { result } = await run('delete-old', name, {
        ...layout,
        confirmed: true,
        table: { ...table, unit },
      });
      expect(result?.failure).toMatchObject({ reason: 'ShapeMismatch' });
      expect(result?.failure?.message).toContain(words);
      expect(await idsIn(name)).toEqual([1, 2, 3, 4, 5]);
    }
  });

  test('a cascade that no table has is refused by set-up', async () => {
    await own.sql(`${tokens('lonely')} CREATE TABLE strangers (id int PRIMARY KEY);`);
    const table = { ...layout.table, cascades: ['strangers'] };
    const { result } = await run('setup', 'lonely', { ...layout, table });
    expect(result?.failure).toMatchObject({ reason: 'ShapeMismatch' });
    expect(result?.failure?.message).toContain('cascades names strangers');
  });

  test('a cascade is refused unless the spec names its table', async () => {
    await own.sql(`${tokens('parents')}
      CREATE TABLE details (id int PRIMARY KEY, parent int NOT NULL,
        FOREIGN KEY (parent) REFERENCES parents (id) ON DELETE CASCADE);
      INSERT INTO details VALUES (10, 1), (11, 3);`);
    const refused = await run('delete-old', 'parents', { ...layout, confirmed: true });
    expect(refused.result?.failure).toMatchObject({ reason: 'ShapeMismatch' });
    expect(refused.result?.failure?.message).toContain('details');
    const named = { ...layout, confirmed: true, table: { ...layout.table, cascades: ['details'] } };
    const { result } = await run('delete-old', 'parents', named);
    expect(result?.cleanup).toMatchObject({ deleted: 2 });
    expect(await idsIn('details')).toEqual([11]);
    expect((await run('setup', 'parents', named)).result?.setup).toMatchObject({ outcome: 'Adopted' });
  });
});
