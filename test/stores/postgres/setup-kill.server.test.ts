import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SetupOptions } from '../../../src/stores/session-store.ts';
import { startPostgres, type TestPostgres } from '../../servers/postgres.ts';
import { startProxy } from '../../servers/postgres-proxy.ts';
import { type RunnerEnd, runRunner } from '../../servers/runner.ts';
import { lastOfEveryK } from '../every-k.ts';
import { connectPgSimpleTable, inputFor, makeShop, markedAs, type Shop, stateOf } from './fixture.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

type Input = ReturnType<typeof inputFor>;

/** Runs the real program and kills it when the server has carried out its k-th statement; fewer end by themselves. */
async function killedAfter(k: number, { role, database }: Shop, input: Input): Promise<RunnerEnd> {
  let kill = (): void => undefined;
  await using proxy = await startProxy(postgres, (n) => {
    if (n !== k) return 'pass';
    kill();
    return 'cut';
  });
  const direct = { port: String(proxy.port), sslmode: 'disable' };
  const connection = await postgres.connectionFolder(role, database, direct);
  const onStart: Parameters<typeof runRunner>[0]['onStart'] = (child) => {
    kill = () => child.kill('SIGKILL');
  };
  return await runRunner({ command: 'setup', input, connection, onStart });
}

const sessions = async ({ sql }: Shop) =>
  (await sql<{ sid: string }>('SELECT sid FROM session ORDER BY 1')).map(({ sid }) => sid);

/** True if the application can save a session that set-up will not destroy. */
async function isInUse(shop: Shop): Promise<boolean> {
  const hasColumn = `SELECT FROM pg_attribute WHERE attrelid = to_regclass('session') AND attname = 'sess'`;
  return (await shop.sql(hasColumn)).length > 0 && !(await sessions(shop)).includes('old');
}

interface Scenario {
  readonly before: string;
  readonly setup: Partial<Pick<SetupOptions, 'ifExists' | 'overwriteToken' | 'createIndex'>>;
}
const scenarios: Readonly<Record<string, Scenario>> = {
  created: { before: '', setup: {} },
  'adopted with an index': {
    before: `${connectPgSimpleTable()} INSERT INTO session VALUES ('kept', '{}', now());
      COMMENT ON TABLE session IS 'ask Ann first'`,
    setup: { createIndex: true },
  },
  'overwritten by TRUNCATE': {
    before: `${connectPgSimpleTable()} INSERT INTO session VALUES ('old', '{}', now())`,
    setup: { ifExists: 'Overwrite', overwriteToken: 't1' },
  },
  'overwritten by DROP': {
    before: `CREATE TABLE session (sid text); ${markedAs('created', 't0')}`,
    setup: { ifExists: 'Overwrite', overwriteToken: 't1' },
  },
};

const withoutRole = (state: object | undefined, { role }: Shop) =>
  JSON.stringify(state).replaceAll(role.user, 'ROLE');

/** The shop after a run that is not killed. */
async function goal({ before, setup }: Scenario) {
  const shop = await makeShop(postgres, before);
  await shop.setUp(setup);
  return { state: withoutRole(await stateOf(shop), shop), rows: await sessions(shop) };
}

/** Kills the run after its k-th statement and runs it again; whether there was a k-th statement at all. */
async function survives(k: number, { before, setup }: Scenario, wanted: Awaited<ReturnType<typeof goal>>) {
  const shop = await makeShop(postgres, before);
  const killed = await killedAfter(k, shop, inputFor({ setup }));
  // Sessions that the application saves from then on must outlive the second run.
  const inUse = await isInUse(shop);
  if (inUse) await shop.sql(`INSERT INTO session VALUES ('since', '{}', now())`);
  await shop.setUp(setup);
  expect(withoutRole(await stateOf(shop), shop), `killed after statement ${k}`).toBe(wanted.state);
  const rows = [...wanted.rows, ...(inUse ? ['since'] : [])];
  expect(await sessions(shop), `killed after statement ${k}`).toEqual(rows);
  return killed.signal === 'SIGKILL';
}

test.each(Object.entries(scenarios))(
  '%s: killed after any statement and run again, it ends the same',
  async (name, scenario) => {
    const wanted = await goal(scenario);
    const last = await lastOfEveryK((k) => survives(k, scenario, wanted));
    expect(last).toBeGreaterThan(4);
    process.stdout.write(`set-up, ${name}: killed after its k-th statement for k = 1 … ${last}\n`);
  },
  300_000,
);
