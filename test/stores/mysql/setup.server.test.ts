import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/api/spent-tokens.ts';
import { commentWithoutMark, markOf, withMark } from '../../../src/stores/tables/mark.ts';
import { flavours, startMysql, type TestMysql } from '../../servers/mysql.ts';
import { refusal } from '../refusal.ts';
import {
  commentOf,
  fill,
  left,
  makeShop,
  markedAs,
  owner,
  session3Table,
  sessionsTable,
  stateOf,
  tablesOf,
  timeIndex,
} from './fixture.ts';

describe.each(flavours)('set-up on %s', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await startMysql(flavour);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('makes the table, with its index, a wide payload and a mark, and verifies it the next time', async () => {
    const shop = await makeShop(server);
    const report = await shop.setUp();
    expect(report).toMatchObject({ outcome: 'Created', marked: true, notes: [] });
    expect(report.connection?.server).toMatch(
      flavour === 'mysql' ? /^MySQL 9\.\d+\.\d+$/ : /^MariaDB 10\.11\.\d+$/,
    );
    const state = await stateOf(shop);
    expect(state).toMatch(/`id` varchar\(255\) (CHARACTER SET utf8mb4 )?COLLATE utf8mb4_bin NOT NULL/);
    expect(state).toMatch(/`pickle` longblob NOT NULL/);
    expect(state).toMatch(
      /`modify_time` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP(\(\))? ON UPDATE CURRENT_TIMESTAMP/i,
    );
    expect(state).toMatch(/KEY `modify_time` \(`modify_time`\)/);
    expect(markOf(await commentOf(shop))).toEqual({ ...owner, origin: 'created', spentTokens: [] });
    expect(await shop.setUp()).toMatchObject({ outcome: 'Verified', marked: true });
    expect(await stateOf(shop)).toBe(state);
  });

  test('takes names that would have to be quoted, and keeps their case', async () => {
    const shop = await makeShop(server);
    const table = "Odd `name`. of 'it'";
    expect(await shop.setUp({ table })).toMatchObject({ outcome: 'Created' });
    expect(await shop.setUp({ table })).toMatchObject({ outcome: 'Verified' });
    expect(await tablesOf(shop)).toEqual([table]);
    expect(await shop.setUp({ table: table.toUpperCase() })).toMatchObject({ outcome: 'Created' });
  });

  test('adopts a table that fits: the sessions stay, the mark is all that is added', async () => {
    const shop = await makeShop(server, sessionsTable + fill(3, 4));
    const report = await shop.setUp();
    expect(report).toMatchObject({ outcome: 'Adopted', marked: true });
    expect(report.notes).toEqual([expect.stringMatching(/no index on modify_time/)]);
    expect(markOf(await commentOf(shop))).toEqual({ ...owner, origin: 'adopted', spentTokens: [] });
    expect(await left(shop)).toEqual({ stale: 3, live: 4 });
  });

  test('adds the index to an adopted table when it is asked to, and only then', async () => {
    const shop = await makeShop(
      server,
      `${sessionsTable} CREATE INDEX modify_time ON sessions (id, modify_time);`,
    );
    await shop.setUp();
    expect(await stateOf(shop)).not.toMatch(/\(`modify_time`\)/);
    expect(await shop.setUp({ createIndex: true })).toMatchObject({ outcome: 'Verified', notes: [] });
    expect(await stateOf(shop)).toMatch(/KEY `modify_time_1` \(`modify_time`\)/);
    await shop.setUp({ createIndex: true });
    expect(await stateOf(shop)).not.toMatch(/modify_time_2/);
  });

  test('marks a table after what its comment says, which stays', async () => {
    const text = "it's the shop's:\n 100 %";
    const literal = text.replaceAll("'", "''");
    const shop = await makeShop(server, `${sessionsTable} ALTER TABLE sessions COMMENT = '${literal}';`);
    expect(await shop.setUp()).toMatchObject({ outcome: 'Adopted', marked: true });
    expect(await commentOf(shop)).toBe(withMark(text, { ...owner, origin: 'adopted', spentTokens: [] }));
    expect(await shop.setUp()).toMatchObject({ outcome: 'Verified', marked: true });
    const stranger = { ...owner, namespace: 'forum' };
    await refusal('Conflict', /shop\/web/)(shop.setUp({ owner: stranger }));
    const overwrite = { ifExists: 'Overwrite', overwriteToken: 't1' } as const;
    await refusal('Conflict', /shop\/web/)(shop.setUp({ ...overwrite, owner: stranger }));
    expect(await shop.setUp(overwrite)).toMatchObject({ outcome: 'Overwritten' });
    expect(commentWithoutMark(await commentOf(shop))).toBe(text);
  });

  test('adopts a table whose comment leaves no room for the mark, says so, and never overwrites it', async () => {
    const text = 'é'.repeat(1950);
    const shop = await makeShop(
      server,
      `${sessionsTable} ALTER TABLE sessions COMMENT = '${text}';${timeIndex}`,
    );
    const report = await shop.setUp();
    expect(report).toMatchObject({ outcome: 'Adopted', marked: false });
    expect(report.notes).toEqual([
      expect.stringMatching(/leaves no room.*another SessionStore could use the same table/),
    ]);
    const overwrite = { ifExists: 'Overwrite', overwriteToken: 't1' } as const;
    await refusal('ShapeMismatch', /leaves no room for the mark/)(shop.setUp(overwrite));
    expect(await commentOf(shop)).toBe(text);
  });

  test('notes what a person should know of an adopted table', async () => {
    const shop = await makeShop(
      server,
      `CREATE TABLE sessions (id varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PRIMARY KEY, pickle blob NOT NULL,
         modify_time timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);
       CREATE TABLE carts (session varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci,
         CONSTRAINT of_session FOREIGN KEY (session) REFERENCES sessions (id));${timeIndex}`,
    );
    const { notes } = await shop.setUp();
    expect(notes).toEqual([
      expect.stringMatching(/pickle ends at 64 KiB/),
      expect.stringMatching(/modify_time may be NULL/),
      expect.stringMatching(/upper and lower case/),
      expect.stringMatching(/foreign key of_session of carts keeps/),
    ]);
  });

  test.each<[string, string, RegExp]>([
    [
      'a missing column',
      'CREATE TABLE sessions (id varchar(255) PRIMARY KEY, pickle blob NOT NULL)',
      /column modify_time is missing \(expected timestamp\)/,
    ],
    [
      'another type',
      sessionsTable.replace('pickle longblob', 'pickle json'),
      /column pickle is (json|longtext) \(expected longblob/,
    ],
    ['times that fill nothing', session3Table(), /modify_time does not default to CURRENT_TIMESTAMP/],
    [
      'a column that the library does not fill',
      `${sessionsTable} ALTER TABLE sessions ADD shop int NOT NULL`,
      /column shop is NOT NULL without a default/,
    ],
    ['no key', sessionsTable.replace('PRIMARY KEY', ''), /no unique index on id alone/],
    [
      'a view',
      `${sessionsTable} RENAME TABLE sessions TO real_sessions; CREATE VIEW sessions AS SELECT * FROM real_sessions`,
      /it is a view/,
    ],
    [
      'another engine',
      `${sessionsTable.replace('varchar(255)', 'varchar(99)')} ALTER TABLE sessions ENGINE = MyISAM`,
      /engine is MyISAM/,
    ],
    [
      'a trigger at DELETE',
      `${sessionsTable} CREATE TRIGGER audit BEFORE DELETE ON sessions FOR EACH ROW SET @gone = OLD.id`,
      /trigger audit runs at every DELETE/,
    ],
    [
      'a key that cascades',
      `${sessionsTable} CREATE TABLE carts (session varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
        CONSTRAINT of_session FOREIGN KEY (session) REFERENCES sessions (id) ON DELETE CASCADE)`,
      /of_session of carts deletes rows there, too/,
    ],
  ])('refuses %s, and says so', async (_, before, words) => {
    const shop = await makeShop(server, before);
    await refusal('ShapeMismatch', words, /layout session3/)(shop.setUp());
  });

  test('Fail refuses a table that it did not make, and takes its own', async () => {
    const shop = await makeShop(server, sessionsTable);
    await refusal('AlreadyExists', /setup.ifExists/)(shop.setUp({ ifExists: 'Fail' }));
    expect(await shop.setUp({ ifExists: 'Fail', table: 'other' })).toMatchObject({ outcome: 'Created' });
    expect(await shop.setUp({ ifExists: 'Fail', table: 'other' })).toMatchObject({ outcome: 'Verified' });
  });

  test('another store’s mark is a conflict, whatever is asked for', async () => {
    const shop = await makeShop(server);
    await shop.setUp({ owner: { ...owner, namespace: 'forum' } });
    for (const ifExists of ['Adopt', 'Fail'] as const) {
      await refusal('Conflict', /forum\/web/, /COMMENT = ''/)(shop.setUp({ ifExists }));
    }
    await refusal('Conflict', /forum\/web/)(shop.setUp({ ifExists: 'Overwrite', overwriteToken: 't1' }));
  });

  test.each([
    ['that fits', sessionsTable],
    ['that session3 made', session3Table()],
    ['that set-up made, whatever its shape is now', `CREATE TABLE sessions (id int); ${markedAs('created')}`],
  ])('Overwrite replaces a table %s, once per token', async (_, before) => {
    const shop = await makeShop(server, before);
    const overwrite = { ifExists: 'Overwrite', overwriteToken: 't1' } as const;
    expect(await shop.setUp(overwrite)).toMatchObject({
      outcome: 'Overwritten',
      overwriteToken: 't1',
      marked: true,
    });
    await shop.sql(fill(0, 5));
    expect(await shop.setUp(overwrite)).toMatchObject({ outcome: 'Verified', overwriteToken: 't1' });
    expect(await left(shop)).toEqual({ stale: 0, live: 5 });
    const again = { ...overwrite, overwriteToken: 't2' };
    expect(await shop.setUp({ ...again, spentTokens: [fingerprintOf('t2')] })).toMatchObject({
      outcome: 'Verified',
    });
    expect(await left(shop)).toEqual({ stale: 0, live: 5 });
    const another = { ...overwrite, overwriteToken: 't3' };
    expect(await shop.setUp(another)).toMatchObject({ outcome: 'Overwritten', overwriteToken: 't3' });
    expect(await tablesOf(shop)).toEqual(['sessions']);
  });

  test('Overwrite leaves a table of another shape that set-up did not make', async () => {
    for (const mark of ['', markedAs('adopted')]) {
      const shop = await makeShop(
        server,
        `CREATE TABLE sessions (id int); INSERT INTO sessions VALUES (1); ${mark}`,
      );
      await refusal(
        'ShapeMismatch',
        /not made by this SessionStore/,
        /column pickle is missing/,
      )(shop.setUp({ ifExists: 'Overwrite', overwriteToken: 't1' }));
      expect(await shop.sql('SELECT id FROM sessions')).toEqual([{ id: 1 }]);
    }
  });

  test('does not overwrite what a foreign key refers to, nor a view', async () => {
    const shop = await makeShop(
      server,
      `${sessionsTable} CREATE TABLE carts (session varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
      CONSTRAINT of_session FOREIGN KEY (session) REFERENCES sessions (id)); CREATE VIEW seen AS SELECT * FROM sessions`,
    );
    const overwrite = { ifExists: 'Overwrite', overwriteToken: 't1' } as const;
    await refusal('ShapeMismatch', /foreign key of_session of carts/)(shop.setUp(overwrite));
    await refusal('ShapeMismatch', /a view/)(shop.setUp({ ...overwrite, table: 'seen' }));
  });

  test('waits for a table that somebody holds, shortly, and says so when that was not enough', async () => {
    const shop = await makeShop(server, sessionsTable);
    const holder = await server.client({ database: shop.database });
    await holder.query("BEGIN; INSERT INTO sessions (id, pickle) VALUES ('live-1', 'x')");
    await refusal('LockTimeout', /[Ll]ock wait timeout/)(shop.setUp());
    const waiting = shop.setUp();
    await holder.query('COMMIT');
    expect(await waiting).toMatchObject({ outcome: 'Adopted' });
    await holder.end();
  });

  test('a server that accepts no writes is one to wait for', async () => {
    const shop = await makeShop(server);
    await server.sql('SET GLOBAL read_only = ON');
    try {
      await refusal('ReadOnly', /primary/)(shop.setUp());
    } finally {
      await server.sql('SET GLOBAL read_only = OFF');
    }
    expect(await shop.setUp()).toMatchObject({ outcome: 'Created' });
  });
});
