import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunnerInput } from '../../../src/api/runner-input.ts';
import type { SetupOptions } from '../../../src/stores/session-store.ts';
import { type Flavour, startMysql, type TestMysql } from '../../servers/mysql.ts';
import { startMysqlProxy } from '../../servers/mysql-proxy.ts';
import { type RunnerEnd, runRunner } from '../../servers/runner.ts';
import { lastOfEveryK } from '../every-k.ts';
import { makeShop, markedAs, owner, type Shop, session3Table, sessionsTable, stateOf } from './fixture.ts';

type Setup = Partial<Pick<SetupOptions, 'ifExists' | 'overwriteToken' | 'createIndex' | 'migrate'>>;

const inputFor = (setup: Setup): RunnerInput => ({
  owner,
  store: { backend: { mysql: { connection: { secretName: 'shop-db' } } }, layout: 'session3', setup },
});

/** Runs the real program and kills it when the server has answered its k-th statement; fewer end by themselves. */
async function killedAfter(k: number, { role, database, server }: Shop, setup: Setup): Promise<RunnerEnd> {
  let kill = (): void => undefined;
  await using proxy = await startMysqlProxy(server, (n) => {
    if (n !== k) return 'pass';
    kill();
    return 'cut';
  });
  const connection = await server.connectionFolder(role, database, {
    port: String(proxy.port),
    sslmode: 'disable',
  });
  const onStart: Parameters<typeof runRunner>[0]['onStart'] = (child) => {
    kill = () => child.kill('SIGKILL');
  };
  return await runRunner({ command: 'setup', input: inputFor(setup), connection, onStart });
}

const idsOf = async ({ sql }: Shop): Promise<readonly string[]> =>
  (await sql<{ id: string }>('SELECT id FROM sessions ORDER BY id')).map(({ id }) => id);

const tablesOf = async ({ sql }: Shop): Promise<readonly object[]> => sql('SHOW TABLES');

/** True if the application can save a session that set-up will not destroy. */
async function isInUse(shop: Shop): Promise<boolean> {
  const tables = await shop.sql(`SHOW TABLES LIKE 'sessions'`);
  if (tables.length === 0) return false;
  const columns = await shop.sql(`SHOW COLUMNS FROM sessions LIKE 'pickle'`);
  return columns.length > 0 && !(await idsOf(shop)).includes('old');
}

interface Scenario {
  readonly before: string;
  readonly setup: Setup;
}
const scenarios: Readonly<Record<string, Scenario>> = {
  created: { before: '', setup: {} },
  'adopted with an index': {
    before: `${sessionsTable} INSERT INTO sessions (id, pickle) VALUES ('kept', 'x');
      ALTER TABLE sessions COMMENT = 'ask Ann first'`,
    setup: { createIndex: true },
  },
  migrated: {
    before: `${session3Table()} INSERT INTO sessions (id, pickle) VALUES ('kept', 'x')`,
    setup: { migrate: true },
  },
  overwritten: {
    before: `${sessionsTable} INSERT INTO sessions (id, pickle) VALUES ('old', 'x'); ${markedAs('adopted', 't0')}`,
    setup: { ifExists: 'Overwrite', overwriteToken: 't1' },
  },
};

/** The shop after a run that is not killed. */
async function goal(server: TestMysql, { before, setup }: Scenario) {
  const shop = await makeShop(server, before);
  await shop.setUp(setup);
  return { state: await stateOf(shop), ids: await idsOf(shop) };
}

/** Kills the run after its k-th statement and runs it again; whether there was a k-th statement at all. */
async function survives(
  k: number,
  server: TestMysql,
  { before, setup }: Scenario,
  wanted: Awaited<ReturnType<typeof goal>>,
): Promise<boolean> {
  const shop = await makeShop(server, before);
  const killed = await killedAfter(k, shop, setup);
  // Sessions that the application saves from then on must outlive the second run.
  const inUse = await isInUse(shop);
  if (inUse) await shop.sql(`INSERT INTO sessions (id, pickle) VALUES ('since', 'x')`);
  await shop.setUp(setup);
  expect(await stateOf(shop), `killed after statement ${k}`).toBe(wanted.state);
  expect(await idsOf(shop), `killed after statement ${k}`).toEqual([
    ...wanted.ids,
    ...(inUse ? ['since'] : []),
  ]);
  expect(await tablesOf(shop), `killed after statement ${k}`).toHaveLength(1);
  return killed.signal === 'SIGKILL';
}

/** The tests of set-up that is killed, on a server of that flavour. */
export function killedSetUpOn(flavour: Flavour): void {
  let server: TestMysql;
  beforeAll(async () => {
    server = await startMysql(flavour);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each(Object.entries(scenarios))(
    '%s: killed after any statement and run again, it ends the same',
    async (name, scenario) => {
      const wanted = await goal(server, scenario);
      const last = await lastOfEveryK((k) => survives(k, server, scenario, wanted));
      expect(last).toBeGreaterThan(4);
      process.stdout.write(
        `set-up on ${flavour}, ${name}: killed after its k-th statement for k = 1 … ${last}\n`,
      );
    },
    300_000,
  );
}
