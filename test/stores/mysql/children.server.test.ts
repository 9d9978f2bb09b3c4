import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TableForm } from '../../../src/layouts/table-form.ts';
import { flavours, type TestMysql } from '../../servers/mysql.ts';
import { sharedMysql } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import { makeShop, type Shop, stateOf, tablesOf } from './fixture.ts';
import { cleanForm, formOf, idsIn, setUpForm } from './layout-fixture.ts';

const now = '2026-11-01 05:30:00';
const cutoff = 1_793_511_000;

/** A layout with a table beside its own, names in capitals, and every word of the DDL. */
const layout: TableForm = formOf({
  table: 'MY_SESSION',
  columns: [
    { name: 'ID', type: 'char(36)', notNull: true, collation: 'CHARACTER SET ascii COLLATE ascii_bin' },
    { name: 'N', type: 'bigint', makes: 'bigint(20) AUTO_INCREMENT', notNull: true },
    { name: 'TOKEN', type: 'varchar(40)', notNull: true, default: "''" },
    { name: 'T', type: 'int unsigned', makes: 'int(11) unsigned', notNull: true },
    { name: 'DATA', type: 'mediumtext', notNull: false },
  ],
  key: { column: 'ID', is: 'unique' },
  primaryKey: { columns: ['N'] },
  rules: [{ at: { column: 'T', unit: 's' } }],
  payload: 'DATA',
  indexes: [
    { name: '{table}_ID', columns: ['ID'], unique: 'constraint' },
    { name: '{table}_TOKEN', columns: ['TOKEN', 'N'], unique: 'index' },
    { name: '{table}_T', columns: ['T'] },
  ],
  timeIndex: { name: '{table}_T', column: 'T' },
  children: [
    {
      table: '{table}_ATTRIBUTES',
      columns: [
        { name: 'SESSION_ID', type: 'bigint', notNull: true },
        { name: 'NAME', type: 'varchar(100)', notNull: true },
        { name: 'BYTES', type: 'blob', notNull: true },
      ],
      primaryKey: { columns: ['SESSION_ID', 'NAME'] },
      foreignKey: { constraint: '{table}_ATTRIBUTES_FK', column: 'SESSION_ID', references: 'N' },
      tableOptions: 'ROW_FORMAT = COMPACT',
    },
  ],
  tableOptions: 'COLLATE utf8mb4_bin, ENGINE = InnoDB',
});
const attributes = 'MY_SESSION_ATTRIBUTES';

const save = (count: number) => `
  INSERT INTO MY_SESSION (N, ID, TOKEN, T) VALUES ${Array.from({ length: count }, (_, n) => `(${n + 1}, 's-${n}', 't-${n}', ${cutoff + (n % 2 === 0 ? -1 : 1)})`).join(', ')};
  INSERT INTO ${attributes} SELECT N, 'a', 'x' FROM MY_SESSION; INSERT INTO ${attributes} SELECT N, 'b', 'x' FROM MY_SESSION;`;

describe.each(flavours)('a layout with a table beside its own on %s', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await sharedMysql(flavour);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function ready(): Promise<Shop> {
    const shop = await makeShop(server);
    await setUpForm(shop, layout);
    return shop;
  }

  test('set-up makes both to the letter, and verifies them the next time', async () => {
    const shop = await makeShop(server);
    expect(await setUpForm(shop, layout)).toMatchObject({ outcome: 'Created', marked: true, notes: [] });
    const state = await stateOf(shop, 'MY_SESSION');
    for (const part of [
      /`ID` char\(36\) CHARACTER SET ascii COLLATE ascii_bin NOT NULL/,
      /`N` bigint(\(20\))? NOT NULL AUTO_INCREMENT/,
      /`TOKEN` varchar\(40\)( COLLATE utf8mb4_bin)? NOT NULL DEFAULT ''/,
      /`T` int(\(11\))? unsigned NOT NULL/,
      /PRIMARY KEY \(`N`\)/,
      /UNIQUE KEY `MY_SESSION_ID` \(`ID`\)/,
      /UNIQUE KEY `MY_SESSION_TOKEN` \(`TOKEN`,`N`\)/,
      /[^E] KEY `MY_SESSION_T` \(`T`\)/,
      /COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC/,
    ])
      expect(state).toMatch(part);
    expect(await stateOf(shop, attributes)).toMatch(
      /CONSTRAINT `MY_SESSION_ATTRIBUTES_FK` FOREIGN KEY \(`SESSION_ID`\) REFERENCES `MY_SESSION` \(`N`\) ON DELETE CASCADE[\s\S]*ROW_FORMAT=COMPACT/,
    );
    expect(await setUpForm(shop, layout)).toMatchObject({ outcome: 'Verified', notes: [] });
    expect(await stateOf(shop, 'MY_SESSION')).toBe(state);
  });

  test('a set-up that was killed between the two makes the second one', async () => {
    const shop = await ready();
    await shop.sql(`DROP TABLE ${attributes}`);
    expect(await setUpForm(shop, layout)).toMatchObject({ outcome: 'Verified' });
    expect(await tablesOf(shop)).toEqual(['MY_SESSION', attributes]);
  });

  test('an account with the rights that the advice names makes both', async () => {
    const shop = await makeShop(server);
    const role = await server.createRole(`maker_of_${shop.database}`);
    const folder = await server.connectionFolder(role, shop.database);
    const maker = { ...shop, folder };
    const grant = async (rights: string) => {
      await shop.sql(`GRANT ${rights} ON ${shop.database}.* TO ${role.user}@'%'`);
    };
    await grant('SELECT, CREATE, DROP');
    if (flavour === 'mysql')
      await refusal('PermissionDenied', /TRIGGER, REFERENCES ON/)(setUpForm(maker, layout));
    await grant('SELECT, INSERT, UPDATE, CREATE, ALTER, DROP, TRIGGER, REFERENCES');
    await setUpForm(maker, layout);
    expect(await tablesOf(shop)).toEqual(['MY_SESSION', attributes]);
  });

  test('a stranger’s table in the place of the second one is refused', async () => {
    const shop = await makeShop(server, `CREATE TABLE ${attributes} (a int)`);
    await refusal(
      'ShapeMismatch',
      /MY_SESSION_ATTRIBUTES.*to refer to.*it exists and does not/,
    )(setUpForm(shop, layout));
  });

  test.each([
    ['in batches', 'SELECT 1'],
    ['in slices', 'ALTER TABLE MY_SESSION DROP KEY MY_SESSION_T'],
  ])('clean-up takes the rows of both, %s', async (_, before) => {
    const shop = await ready();
    await shop.sql(`${save(600)} ${before}`);
    expect(await cleanForm(shop, layout, { now })).toMatchObject({
      deleted: 300,
      remaining: 300,
      overdue: 0,
    });
    expect(await shop.sql(`SELECT COUNT(*) AS n FROM ${attributes}`)).toEqual([{ n: 600 }]);
  });

  test('sessions that a foreign key refers to are passed over, and their rows stay', async () => {
    const shop = await ready();
    await shop.sql(`${save(400)} CREATE TABLE orders (session bigint, FOREIGN KEY (session) REFERENCES MY_SESSION (N));
      INSERT INTO orders VALUES (1), (3), (4)`);
    expect(await cleanForm(shop, layout, { now })).toMatchObject({
      deleted: 198,
      overdue: 2,
      undeletable: [{ cause: 'Referenced', count: 2 }],
    });
    expect(await shop.sql(`SELECT COUNT(*) AS n FROM ${attributes}`)).toEqual([{ n: 404 }]);
  });

  test.each([
    ['of the layout’s second table', `REFERENCES ${attributes} (SESSION_ID, NAME)`],
    ['of its first', 'REFERENCES MY_SESSION (N)'],
  ])('a cascade that is not the layout’s own is refused: %s', async (_, to) => {
    const shop = await ready();
    const columns = to.includes('NAME') ? 'session, name' : 'session';
    await shop.sql(
      `CREATE TABLE audit (session bigint, name varchar(100), CONSTRAINT of_session FOREIGN KEY (${columns}) ${to} ON DELETE CASCADE)`,
    );
    const words = /foreign key of_session of audit deletes rows there, too/;
    await refusal('ShapeMismatch', words)(setUpForm(shop, layout));
    await refusal('ShapeMismatch', words)(cleanForm(shop, layout, { now }));
  });

  test.each([
    ['of the layout’s second table', `REFERENCES ${attributes} (SESSION_ID, NAME)`, 'session, name'],
    ['of its first', 'REFERENCES MY_SESSION (N)', 'session'],
  ])('a cascade that appears during a run ends it: %s', async (_, to, columns) => {
    const shop = await ready();
    await shop.sql(save(3000));
    let deletions = 0;
    // Between two transactions: one that has deleted holds the tables, and a foreign key would wait for its end.
    const before = async (_own: unknown, text: string) => {
      if (text.startsWith('DELETE')) deletions += 1;
      if (text !== 'START TRANSACTION' || deletions === 0) return;
      await shop.sql(
        `CREATE TABLE IF NOT EXISTS audit (session bigint, name varchar(100), CONSTRAINT of_session FOREIGN KEY (${columns}) ${to} ON DELETE CASCADE)`,
      );
    };
    const cleaned = cleanForm(shop, layout, { now, pace: 'polite', before });
    await refusal('StoreChanged', /foreign key of_session of audit/)(cleaned);
    expect((await idsIn(shop, 'MY_SESSION')).length).toBeGreaterThan(1500);
  });

  test('Overwrite replaces both, once per token, and leaves none of its own tables behind', async () => {
    const shop = await ready();
    await shop.sql(save(10));
    const overwrite = { ifExists: 'Overwrite', overwriteToken: 't1' } as const;
    expect(await setUpForm(shop, layout, overwrite)).toMatchObject({ outcome: 'Overwritten' });
    expect(await tablesOf(shop)).toEqual(['MY_SESSION', attributes]);
    await shop.sql(save(10));
    expect(await setUpForm(shop, layout, overwrite)).toMatchObject({ outcome: 'Verified' });
    expect(await cleanForm(shop, layout, { now })).toMatchObject({ deleted: 5 });
    expect(await shop.sql(`SELECT COUNT(*) AS n FROM ${attributes}`)).toEqual([{ n: 10 }]);
  });

  test('an Overwrite that is killed before any of its steps is finished by the next one', async () => {
    const shop = await ready();
    let steps = 0;
    let killedAt = 0;
    do {
      killedAt += 1;
      steps = 0;
      const overwrite = { ifExists: 'Overwrite', overwriteToken: `t${killedAt}` } as const;
      const before = async (_own: unknown, text: string) => {
        if (!/^(CREATE|RENAME|DROP)/.test(text)) return;
        steps += 1;
        if (steps === killedAt) throw new Error('killed');
      };
      await setUpForm(shop, layout, { ...overwrite, before }).catch((error: Error) => {
        if (error.message !== 'killed') throw error;
      });
      await setUpForm(shop, layout, overwrite);
      expect(await tablesOf(shop)).toEqual(['MY_SESSION', attributes]);
      await shop.sql(`${save(4)} DELETE FROM MY_SESSION`);
      expect(await shop.sql(`SELECT COUNT(*) AS n FROM ${attributes}`)).toEqual([{ n: 0 }]);
    } while (steps >= killedAt);
    expect(killedAt).toBeGreaterThan(5);
  });

  test('a table that only its library makes is neither made nor overwritten', async () => {
    const shop = await makeShop(server);
    const theirs: TableForm = { ...layout, madeBy: 'library' };
    await refusal('StoreMissing', /run the library's own migration/)(setUpForm(shop, theirs));
    await setUpForm(shop, layout);
    await shop.sql("ALTER TABLE MY_SESSION COMMENT = ''");
    await refusal(
      'InvalidInput',
      /Expected setup.ifExists to be Adopt or Fail/,
    )(setUpForm(shop, theirs, { ifExists: 'Overwrite', overwriteToken: 't1' }));
    expect(await setUpForm(shop, theirs)).toMatchObject({ outcome: 'Adopted' });
  });
});
