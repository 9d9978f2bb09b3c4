import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectTo as connectToMysql } from '../../src/stores/mysql/connection.ts';
import { connectTo as connectToPostgres } from '../../src/stores/postgres/connection.ts';
import { settingsFrom } from '../../src/stores/server-options.ts';
import { startMysql, type TestMysql } from '../servers/mysql.ts';
import { startPostgres, type TestPostgres } from '../servers/postgres.ts';

/** One connection, as a store has one. */
interface Line extends AsyncDisposable {
  insert(id: string): Promise<unknown>;
  transaction(work: () => Promise<void>): Promise<void>;
}

let postgres: TestPostgres;
let mysql: TestMysql;
const servers = new AsyncDisposableStack();
beforeAll(async () => {
  postgres = servers.use(await startPostgres());
  mysql = servers.use(await startMysql('mariadb'));
  await mysql.createDatabase('test');
});
afterAll(() => servers.disposeAsync());

async function postgresLine(): Promise<Line> {
  const settings = settingsFrom(
    { host: postgres.host, port: postgres.port, ...postgres.superuser, database: 'postgres' },
    { port: 5432, schemes: [] },
  );
  const connection = await connectToPostgres(settings);
  return {
    insert: (id) => connection.query('INSERT INTO public.ids VALUES ($1)', [id]),
    transaction: (work) => connection.transaction(work),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

async function naivePostgresLine(): Promise<Line> {
  const client = await postgres.client();
  return {
    insert: (id) => client.query('INSERT INTO ids VALUES ($1)', [id]),
    transaction: naive((statement) => client.query(statement)),
    [Symbol.asyncDispose]: () => client.end(),
  };
}

async function mysqlLine(): Promise<Line> {
  const settings = settingsFrom(
    { host: mysql.host, port: mysql.port, ...mysql.superuser, database: 'test' },
    { port: 3306, schemes: [] },
  );
  const connection = await connectToMysql(settings);
  return {
    insert: (id) => connection.change('INSERT INTO ids VALUES (?)', [id]),
    transaction: (work) => connection.transaction(work),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

async function naiveMysqlLine(): Promise<Line> {
  const client = await mysql.client({ database: 'test' });
  return {
    insert: (id) => client.query('INSERT INTO ids VALUES (?)', [id]),
    transaction: naive((statement) => client.query(statement)),
    [Symbol.asyncDispose]: () => client.end(),
  };
}

const naive =
  (send: (statement: string) => Promise<unknown>) =>
  async (work: () => Promise<void>): Promise<void> => {
    try {
      await send('START TRANSACTION');
      await work();
      await send('COMMIT');
    } catch (error) {
      await send('ROLLBACK');
      throw error;
    }
  };

/** Inserts beside a transaction that fails once both are under way. */
async function insertBesideFailure(line: Line): Promise<void> {
  const both = Promise.withResolvers<void>();
  const failing = line.transaction(async () => {
    await line.insert('within');
    both.resolve();
    // One turn of the event loop: what overlaps has been sent, if it does not wait.
    await new Promise((resolve) => setImmediate(resolve));
    await line.insert('within, too');
    throw new Error('as it was to');
  });
  await both.promise;
  const beside = line.insert('beside');
  await expect(failing).rejects.toThrow('as it was to');
  await beside;
}

describe.each([
  ['PostgreSQL', postgresLine, naivePostgresLine, (text: string) => postgres.sql<{ id: string }>(text)],
  [
    'MySQL and MariaDB',
    mysqlLine,
    naiveMysqlLine,
    (text: string) => mysql.sql<{ id: string }>(text, { database: 'test' }),
  ],
] as const)(
  '%s: what is saved while a transaction of the same connection is open',
  (_name, open, openNaive, sql) => {
    beforeAll(async () => {
      await sql('CREATE TABLE ids (id varchar(20) PRIMARY KEY)');
    });

    test('stays when that is rolled back', async () => {
      await sql('DELETE FROM ids');
      await using line = await open();
      await insertBesideFailure(line);
      expect(await sql('SELECT id FROM ids')).toEqual([{ id: 'beside' }]);
    });

    test('is lost where calls do not take turns', async () => {
      await sql('DELETE FROM ids');
      await using line = await openNaive();
      await insertBesideFailure(line);
      expect(await sql('SELECT id FROM ids')).toEqual([]);
    });
  },
);
