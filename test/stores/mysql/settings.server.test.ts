import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConnection } from '../../../src/stores/mysql/connection.ts';
import { firstStatement } from '../../../src/stores/mysql/settings.ts';
import { MysqlSessionStore } from '../../../src/stores/mysql/store.ts';
import { flavours, startMysql, type TestMysql } from '../../servers/mysql.ts';
import { refusal } from '../refusal.ts';
import { cleanUp, fill, left, makeShop, type Shop, sessionsTable, timeIndex } from './fixture.ts';

/** One session that a row of another table refers to, without a rule. */
const orders = `
  CREATE TABLE orders (session varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    FOREIGN KEY (session) REFERENCES sessions (id)) ENGINE = InnoDB;
  INSERT INTO orders VALUES ('stale-7');`;

interface Defaults {
  /** For both. */
  readonly both?: readonly string[];
  readonly mysql?: readonly string[];
  readonly mariadb?: readonly string[];
}

const readsOtherwise = 'NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,HIGH_NOT_PRECEDENCE,PAD_CHAR_TO_FULL_LENGTH';

/** Defaults of a server that change what a statement means, or whether it is taken. */
const defaults: Readonly<Record<string, Defaults>> = {
  'no autocommit, and a COMMIT that disconnects': {
    both: ['autocommit = 0', "completion_type = 'RELEASE'"],
  },
  'a COMMIT that begins another transaction': { both: ["completion_type = 'CHAIN'"] },
  'limits for people': {
    both: [
      ...['sql_safe_updates = 1', 'sql_select_limit = 2', 'max_join_size = 2', 'sql_auto_is_null = 1'],
      ...['max_error_count = 0', 'max_sort_length = 64'],
    ],
  },
  'little patience': {
    both: ['wait_timeout = 5', 'lock_wait_timeout = 1', 'innodb_lock_wait_timeout = 1'],
    mysql: ['max_execution_time = 1'],
    mariadb: ['max_statement_time = 0.000001'],
  },
  'no checks': {
    both: ['foreign_key_checks = 0', 'unique_checks = 0'],
    mariadb: ['check_constraint_checks = 0'],
  },
  'no mode': { both: ["sql_mode = ''"] },
  'the mode ANSI': { both: ["sql_mode = 'ANSI'"] },
  'modes that read SQL otherwise': { both: [`sql_mode = '${readsOtherwise}'`] },
  'modes of one flavour': {
    mysql: ["sql_mode = 'TIME_TRUNCATE_FRACTIONAL'"],
    mariadb: ["sql_mode = 'ORACLE'", 'sql_if_exists = 1'],
  },
  'other forms of tables': {
    both: [
      ...['character_set_server = latin1', "default_storage_engine = 'MyISAM'"],
      ...["innodb_default_row_format = 'compact'", 'explicit_defaults_for_timestamp = 0'],
    ],
    mysql: ['sql_require_primary_key = 1', 'sql_generate_invisible_primary_key = 1'],
    mariadb: ['mysql56_temporal_format = 0'],
  },
  'another zone': { both: ["time_zone = '-11:00'"] },
  'a clock that is years ahead, and another alphabet': {
    both: [`init_connect = "SET NAMES latin1, autocommit = 0, time_zone = '-11:00', timestamp = 2000000000"`],
  },
};

describe.each(flavours)('for any settings at the start of a session on %s', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await startMysql(flavour);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Does the work while the server has the default. */
  async function during<T>(set: string, reset: string, work: () => Promise<T>): Promise<T> {
    const client = await server.client();
    await client.query(set);
    try {
      return await work();
    } finally {
      await client.query(reset);
      await client.end();
    }
  }

  /** A store's life: what a program, clean-up and set-up say of it. */
  async function live(shop: Shop) {
    const cleaned = await cleanUp(shop, { ageSeconds: 86_400 });
    const { host, port } = server;
    await using store = new MysqlSessionStore({ host, port, ...shop.role, database: shop.database });
    const id = 'live-é😀\\';
    const begunSaving = performance.now();
    await store.saveSession(id, Buffer.from('x'));
    const loaded = await store.loadSession(id);
    const { outcome } = await shop.setUp({ table: 'fresh' });
    const token = { ifExists: 'Overwrite', overwriteToken: '1' } as const;
    const outcomes = [outcome, (await shop.setUp({ table: 'fresh', ...token })).outcome];
    return {
      cleaned,
      begunSaving,
      loaded: String(loaded),
      outcomes: [...outcomes, (await shop.setUp({ table: 'fresh' })).outcome],
    };
  }

  async function expectOrdinary(shop: Shop, came: Awaited<ReturnType<typeof live>>) {
    expect(came.cleaned).toMatchObject({
      deleted: 399,
      overdue: 1,
      remaining: 21,
      complete: true,
      undeletable: [{ cause: 'Referenced', count: 1 }],
    });
    expect(came).toMatchObject({ loaded: 'x', outcomes: ['Created', 'Overwritten', 'Verified'] });
    expect(await left(shop)).toEqual({ stale: 1, live: 21 });
    const [saved] = await shop.sql<{ name: string; age: number }>(
      `SELECT CONVERT(id USING utf8mb4) AS name, TIMESTAMPDIFF(SECOND, modify_time, UTC_TIMESTAMP()) AS age
         FROM sessions WHERE id LIKE 'live-_%' AND pickle = 'x'`,
    );
    expect(saved?.name).toBe('live-é😀\\');
    expect(Number(saved?.age)).toBeGreaterThan(-60);
    expect(Number(saved?.age)).toBeLessThan(60 + (performance.now() - came.begunSaving) / 1000);
  }

  test.each(Object.entries(defaults))('%s: all is as ever', async (what, values) => {
    const statements = [...(values.both ?? []), ...(values[flavour] ?? [])];
    const index = Object.keys(defaults).indexOf(what) % 2 === 0 ? '' : timeIndex;
    const shop = await makeShop(server, sessionsTable + index + fill(400, 20) + orders);
    const set = (text: string) => `SET GLOBAL ${text};`;
    const reset = statements.map((text) => set(text.replace(/ = .*/, ' = DEFAULT')));
    const came = await during(statements.map(set).join(' '), reset.join(' '), () => live(shop));
    await expectOrdinary(shop, came);
  });

  test('the first statement of a connection lifts the limit on the time of a statement', async () => {
    const shop = await makeShop(server);
    const limit = flavour === 'mysql' ? 'max_execution_time' : 'max_statement_time';
    const [row] = await during(
      "SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1",
      'SET GLOBAL general_log = 0',
      async () => {
        await using connection = await openConnection(shop.folder);
        return connection.query<{ id: number; rest: number }>(
          `SELECT CONNECTION_ID() AS id, @@SESSION.${limit} AS rest`,
        );
      },
    );
    const statements = await server.sql<{ text: string }>(
      `SELECT CONVERT(argument USING utf8mb4) AS text FROM mysql.general_log WHERE thread_id = ${row?.id} AND command_type = 'Query'`,
    );
    expect(statements[0]).toEqual({ text: firstStatement });
    expect(Number(row?.rest)).toBe(0);
  });

  test('transactions that are SERIALIZABLE: all is as ever', async () => {
    const shop = await makeShop(server, sessionsTable + timeIndex + fill(400, 20) + orders);
    const level = (name: string) => `SET GLOBAL TRANSACTION ISOLATION LEVEL ${name}`;
    await expectOrdinary(
      shop,
      await during(level('SERIALIZABLE'), level('REPEATABLE READ'), () => live(shop)),
    );
  });

  test('a server whose transactions read only, or that prepares no statement, is refused with a sentence', async () => {
    const shop = await makeShop(server, sessionsTable + fill(40, 20));
    const mode = (name: string) => `SET GLOBAL TRANSACTION READ ${name}`;
    const prepares = (count: string) => `SET GLOBAL max_prepared_stmt_count = ${count}`;
    for (const task of [() => cleanUp(shop), () => shop.setUp({ table: 'fresh' })]) {
      await during(mode('ONLY'), mode('WRITE'), () => refusal('ReadOnly', /read-only|READ ONLY/)(task()));
      await during(prepares('0'), prepares('DEFAULT'), () => refusal('ServerUnavailable', /1461/)(task()));
    }
    expect(await left(shop)).toEqual({ stale: 40, live: 20 });
  });

  test.runIf(flavour === 'mysql')('a database that is read-only is refused with a sentence', async () => {
    const shop = await makeShop(server, sessionsTable + fill(40, 20));
    const mode = (on: number) => `ALTER DATABASE ${shop.database} READ ONLY = ${on}`;
    await during(mode(1), mode(0), () => refusal('ReadOnly', /read only mode/)(cleanUp(shop)));
  });
});
