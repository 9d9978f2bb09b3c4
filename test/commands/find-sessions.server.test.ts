import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestPostgres } from '../servers/postgres.ts';
import { sharedPostgres, sharedProgram } from '../servers/shared.ts';
import { connectPgSimpleTable, makeShop, type Shop } from '../stores/postgres/fixture.ts';

const execute = promisify(execFile);
let postgres: TestPostgres;
let shop: Shop;
beforeAll(async () => {
  postgres = await sharedPostgres();
  shop = await makeShop(postgres, connectPgSimpleTable());
});
afterAll(async () => postgres[Symbol.asyncDispose]());

interface Ended {
  readonly code: number;
  readonly lines: readonly unknown[];
  readonly text: string;
}

/** Runs the bundled program as a pod does. */
async function find(connection: string, search: object = {}): Promise<Ended> {
  const args = ['find-sessions', '--connection', connection];
  const asked = ['--search', JSON.stringify({ unmodifiedFor: '14d', ttl: '14d', ...search })];
  const end = (text: string, code: number): Ended => ({
    text,
    code,
    lines: text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  });
  return execute(process.execPath, [await sharedProgram(), ...args, ...asked]).then(
    ({ stdout }) => end(stdout, 0),
    ({ stdout, code }) => end(stdout, code),
  );
}

test('each finding is a line, and the last line is the end', async () => {
  const { code, lines } = await find(shop.folder, { backend: 'postgres' });
  expect({ code, lines }).toMatchObject({
    code: 0,
    lines: [{ finding: { table: 'session', counts: { sessions: 0 } } }, { end: {} }],
  });
  expect((await find(shop.folder, { backend: 'postgres', schema: 'tenant_*' })).lines).toEqual([{ end: {} }]);
});

test('the server follows from the Secret’s URI or its port, or has to be named', async () => {
  const { role, database } = shop;
  const uri = `postgresql://${role.user}:${role.password}@${postgres.host}:${postgres.port}/${database}`;
  const none = {
    host: undefined,
    port: undefined,
    username: undefined,
    password: undefined,
    database: undefined,
  };
  const folder = await postgres.connectionFolder(role, database, { ...none, uri });
  expect((await find(folder)).lines).toHaveLength(2);
  expect(await find(shop.folder)).toMatchObject({
    code: 64,
    lines: [{ end: { failure: { message: expect.stringContaining('give --backend') } } }],
  });
});

test('a failure has the exit code of its reason, and shows no password', async () => {
  const folder = await postgres.connectionFolder(shop.role, shop.database, {
    password: 'kX3v-not-the-password',
  });
  const { code, lines, text } = await find(folder, { backend: 'postgres' });
  expect({ code, lines }).toMatchObject({
    code: 76,
    lines: [{ end: { failure: { reason: 'AuthenticationFailed' } } }],
  });
  expect(text).not.toContain('kX3v');
});
