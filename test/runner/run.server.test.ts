import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { progressOf } from '../../src/api/progress.ts';
import { startCuttingProxy } from '../servers/cutting-proxy.ts';
import { startPostgres, type TestPostgres } from '../servers/postgres.ts';
import { type RunnerEnd, runRunner } from '../servers/runner.ts';
import { secretFolder } from '../servers/secret-folder.ts';
import { connectPgSimpleTable, inputFor, makeShop, markedAs, type Shop } from '../stores/postgres/fixture.ts';

let postgres: TestPostgres;
let everything = '';
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

/** Keeps all that any run said. */
async function run(options: Parameters<typeof runRunner>[0]): Promise<RunnerEnd> {
  const end = await runRunner(options);
  everything += end.output + end.resultText;
  return end;
}
const setUp = (connection: string, setup: object = {}) =>
  run({ command: 'setup', input: inputFor({ setup }), connection });
const lines = ({ output }: RunnerEnd) =>
  output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a run logs its start and its end, writes its result and exits with 0', async () => {
  const shop = await makeShop(postgres);
  const end = await setUp(shop.folder);
  expect(end.code).toBe(0);
  expect(end.result).toMatchObject({ command: 'setup', setup: { outcome: 'Created', marked: true } });
  expect(lines(end)).toMatchObject([
    { msg: 'started', store: 'shop/web' },
    { msg: 'finished', ...end.result },
  ]);
  const cleanup = await run({
    command: 'delete-old',
    input: inputFor({ cleanup: {} }),
    connection: shop.folder,
  });
  expect(cleanup).toMatchObject({ code: 0, result: { cleanup: { deleted: 0, complete: true } } });
  const [started, first, ...others] = lines(cleanup);
  // One for every two seconds that it takes.
  const more = others.slice(0, -1);
  expect([started, first, others.at(-1)]).toMatchObject([
    { msg: 'started', store: 'shop/web' },
    { level: 'info', msg: 'progress', progress: { deleted: 0, seen: 0, rate: 0 } },
    { msg: 'finished', ...cleanup.result },
  ]);
  for (const line of more) expect(line).toMatchObject({ msg: 'progress', progress: { deleted: 0, seen: 0 } });
  expect(cleanup.output.split('\n').flatMap((line) => progressOf(line) ?? [])).toHaveLength(1 + more.length);
});

describe('a failure has the exit code of its reason, and says what to do', () => {
  const failed = (code: number, reason: string) => ({ code, result: { failure: { reason } } });
  let shop: Shop;
  let folderWith: (extra: Record<string, string | undefined>) => Promise<string>;
  beforeAll(async () => {
    shop = await makeShop(postgres, connectPgSimpleTable());
    folderWith = (extra) => postgres.connectionFolder(shop.role, shop.database, extra);
  });

  test('Secret missing, incomplete or wrong', async () => {
    expect(await setUp('/nowhere')).toMatchObject(failed(1, 'SecretMissing'));
    expect(await setUp(await folderWith({ host: undefined }))).toMatchObject(failed(78, 'SecretIncomplete'));
    const wrong = await folderWith({ password: `${shop.role.password}x` });
    expect(await setUp(wrong)).toMatchObject(failed(76, 'AuthenticationFailed'));
    const uri = `postgres://${shop.role.user}:${shop.role.password}@127.0.0.1:${postgres.port}/nope`;
    const folder = await folderWith({ uri });
    expect(await setUp(folder)).toMatchObject(failed(71, 'DatabaseMissing'));
  });

  test('a password in the wrong place goes nowhere: neither condition nor log', async () => {
    const { password } = shop.role;
    for (const extra of [
      { host: `postgres://app:${password}@127.0.0.1/shop` },
      { host: `${password}.invalid` },
      { username: password },
      { database: password },
    ]) {
      const end = await setUp(await folderWith(extra));
      expect(end.result?.failure?.reason).toMatch(
        /^(SecretIncomplete|ConnectionFailed|AuthenticationFailed|DatabaseM)/,
      );
      expect(end.output + end.resultText).not.toContain(password);
    }
  });

  test('the store', async () => {
    expect(await setUp(shop.folder, { ifExists: 'Fail' })).toMatchObject(failed(68, 'AlreadyExists'));
    const input = {
      ...inputFor({ cleanup: {} }),
      owner: { installation: 'i', namespace: 'n', name: 'other' },
    };
    await setUp(shop.folder);
    const theirs = await run({ command: 'delete-old', input, connection: shop.folder });
    expect(theirs).toMatchObject(failed(67, 'Conflict'));
    const empty = await makeShop(postgres);
    const missing = await run({
      command: 'delete-old',
      input: inputFor({ cleanup: {} }),
      connection: empty.folder,
    });
    expect(missing).toMatchObject(failed(66, 'StoreMissing'));
  });

  test('a command line that the operator would not write', async () => {
    const end = await run({ command: 'delete-old', input: inputFor({}), connection: shop.folder });
    expect(end).toMatchObject(failed(64, 'InvalidInput'));
  });
});

describe('told to stop', () => {
  /** A shop with an application that holds the table, so that set-up waits. */
  async function heldShop() {
    const shop = await makeShop(postgres, connectPgSimpleTable());
    const application = await postgres.client({ database: shop.database });
    await application.query('BEGIN; LOCK TABLE session IN SHARE UPDATE EXCLUSIVE MODE');
    return { shop, release: () => application.end() };
  }
  const stopped = { code: 1, result: { failure: { reason: 'Interrupted' } } };

  test('set-up ends at once, by SIGTERM and at 80 % of the deadline', async () => {
    const { shop, release } = await heldShop();
    const options = { command: 'setup', input: inputFor({}), connection: shop.folder } as const;
    const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = '${shop.database}'`;
    const terminated = await run({
      ...options,
      onStart: async (child) => {
        await expect.poll(() => postgres.sql(waiting), { timeout: 60_000 }).toHaveLength(1);
        child.kill('SIGTERM');
      },
    });
    expect(terminated).toMatchObject(stopped);
    expect(await run({ ...options, deadlineSeconds: 2 })).toMatchObject(stopped);
    await release();
  });

  test('clean-up stops at a safe point and says what it did: Interrupted by SIGTERM, done by the deadline', async () => {
    const rows = 50_000;
    const shop = await makeShop(postgres, connectPgSimpleTable() + markedAs('adopted'));
    const dead = `INSERT INTO session SELECT n, '{}', now() - interval '1 day' FROM generate_series(1, ${rows}) n`;
    await shop.sql(dead);
    const left = async () =>
      Number((await shop.sql<{ n: string }>('SELECT count(*) AS n FROM session'))[0]?.n);
    // However fast the machine is, no run is done before it is told to stop.
    await using slow = await startCuttingProxy(postgres, () => ({ fromServer: () => 'pass' }), 50);
    const port = String(slow.port);
    const options = {
      command: 'delete-old',
      input: inputFor({ cleanup: {} }),
      connection: await postgres.connectionFolder(shop.role, shop.database, { port, sslmode: 'disable' }),
    } as const;
    const terminated = await run({
      ...options,
      onStart: async (child) => {
        await expect.poll(left, { timeout: 60_000, interval: 20 }).toBeLessThan(rows);
        child.kill('SIGTERM');
      },
    });
    const report = terminated.result?.cleanup;
    expect(terminated).toMatchObject({
      ...stopped,
      result: { ...stopped.result, cleanup: { complete: false } },
    });
    expect(report?.deleted).toBe(rows - (await left()));
    await shop.sql(`TRUNCATE session; ${dead}`);
    // Its last tenth is what a busy machine may take from the stop to the result.
    const end = await run({ ...options, deadlineSeconds: 30 });
    expect(end).toMatchObject({ code: 0, result: { cleanup: { complete: false } } });
    expect(end.result?.cleanup?.deleted).toBe(rows - (await left()));
    expect(end.result?.cleanup?.deleted).toBeGreaterThan(0);
    const progress = end.output.split('\n').flatMap((line) => progressOf(line) ?? []);
    expect(progress.length).toBeGreaterThan(1);
    expect(progress.length).toBeLessThan(30 / 2);
    expect(progress.at(-1)?.deleted).toBeLessThanOrEqual(end.result?.cleanup?.deleted ?? 0);
  });
});

test('a Secret that comes late is found by the next try', async () => {
  const shop = await makeShop(postgres);
  const empty = await secretFolder({}, shop.folder);
  expect(await setUp(empty)).toMatchObject({ code: 1 });
  expect(await setUp(shop.folder)).toMatchObject({ code: 0 });
});

test('the passwords were never shown', () => {
  expect(postgres.roles.length).toBeGreaterThan(4);
  expect(everything).toContain('Interrupted');
  for (const { password } of postgres.roles) expect(everything).not.toContain(password);
});
