import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MysqlSessionStore } from '../../../src/stores/mysql/store.ts';
import { flavours, type TestMysql } from '../../servers/mysql.ts';
import { sharedMysql, unique } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import {
  cleanUp,
  fill,
  left,
  makeShop,
  owner,
  type Shop,
  session3Table,
  sessionsTable,
  timeIndex,
} from './fixture.ts';

describe.each(flavours)('rights on %s', (flavour) => {
  let server: TestMysql;
  beforeAll(async () => {
    server = await sharedMysql(flavour);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** An account of its own that may do only what it is granted, in a shop's database. */
  async function accountWith(shop: Shop, grants: readonly string[]) {
    const role = await server.createRole(unique('limited'));
    for (const grant of grants) await shop.sql(`GRANT ${grant} TO ${role.user}@'%'`);
    return { role, folder: await server.connectionFolder(role, shop.database) };
  }

  /** Runs the statement that a refusal names. */
  async function runAdvisedSql(shop: Shop, failing: Promise<unknown>): Promise<void> {
    const { message } = await failing.then(
      () => new Error('Expected a refusal'),
      (error: Error) => error,
    );
    const [grant] = message.match(/GRANT .*$/) ?? [];
    expect(grant, message).toBeDefined();
    await shop.sql(grant ?? '');
  }

  test.each([
    ['in slices', ''],
    ['in batches', timeIndex],
  ])('%s, the documented grants are enough to clean up', async (_, index) => {
    const shop = await makeShop(server, sessionsTable + index + fill(3000, 100));
    const { folder } = await accountWith(shop, ['SELECT, DELETE ON sessions']);
    const options = { folder, owner, marked: false };
    expect(await cleanUp(shop, options)).toMatchObject({ deleted: 3000, remaining: 100 });
  });

  test.each([['SELECT'], ['DELETE']])(
    'with %s alone it fails, deletes nothing, and says what to run; that mends it',
    async (right) => {
      const shop = await makeShop(server, sessionsTable + fill(30, 10));
      const { folder, role } = await accountWith(shop, [`${right} ON sessions`]);
      const words = new RegExp(
        `GRANT SELECT, DELETE ON \`${shop.database}\`\\.\`sessions\` TO '${role.user}'@'%'$`,
      );
      await refusal('PermissionDenied', words)(cleanUp(shop, { folder }));
      expect(await left(shop)).toEqual({ stale: 30, live: 10 });
      await runAdvisedSql(shop, cleanUp(shop, { folder }));
      expect(await cleanUp(shop, { folder })).toMatchObject({ deleted: 30 });
    },
  );

  const tasks: readonly [string, string, string, Parameters<Shop['setUp']>[0], string][] = [
    ['make a table', '', 'CREATE, SELECT ON shop.*', {}, 'Created'],
    ['adopt a table', sessionsTable, 'SELECT ON sessions', {}, 'Adopted'],
    ['adopt and mark it', sessionsTable, 'SELECT, ALTER ON sessions', {}, 'Adopted'],
    ['migrate it', session3Table(), 'SELECT, UPDATE, ALTER ON sessions', { migrate: true }, 'Adopted'],
    ['add the index', sessionsTable, 'SELECT, ALTER ON sessions', { createIndex: true }, 'Adopted'],
    [
      'overwrite it',
      sessionsTable,
      'CREATE, SELECT, INSERT, ALTER, DROP ON shop.*',
      { ifExists: 'Overwrite', overwriteToken: '1' },
      'Overwritten',
    ],
  ];

  test.each(tasks)(
    'the documented grants are enough to %s',
    async (what, before, grant, options, outcome) => {
      const shop = await makeShop(server, before);
      const { folder } = await accountWith(shop, [grant.replace('shop.', `${shop.database}.`)]);
      const marked = what !== 'adopt a table';
      expect(await shop.setUp({ ...options, folder })).toMatchObject({ outcome, marked });
    },
  );

  test.each(tasks)('each of them is necessary to %s', async (_, before, grant, options, outcome) => {
    const [rights = '', place = ''] = grant.split(' ON ');
    const all = rights.split(', ');
    for (const right of all) {
      const shop = await makeShop(server, before);
      const fewer = all.filter((other) => other !== right).join(', ') || 'USAGE';
      const on = fewer === 'USAGE' ? '*.*' : place.replace('shop.', `${shop.database}.`);
      const { folder } = await accountWith(shop, [`${fewer} ON ${on}`]);
      const came = await shop
        .setUp({ ...options, folder })
        .catch((error: { reason?: string }) => error.reason);
      expect(came, right).not.toMatchObject({ outcome, marked: true });
      expect(['PermissionDenied', 'Adopted'], right).toContain(
        typeof came === 'object' ? came.outcome : came,
      );
    }
  });

  test('a program saves, loads and deletes with the documented grants, and each missing one is reported', async () => {
    const all = ['SELECT', 'INSERT', 'DELETE'];
    for (const lacking of ['none', ...all]) {
      const shop = await makeShop(server, sessionsTable);
      const { role } = await accountWith(shop, [
        `${all.filter((right) => right !== lacking).join(', ')} ON sessions`,
      ]);
      const { host, port } = server;
      await using store = new MysqlSessionStore({ host, port, ...role, database: shop.database });
      const life = async () => {
        for (const payload of ['one', 'two']) await store.saveSession('a', Buffer.from(payload));
        const found = String(await store.loadSession('a'));
        await store.deleteSession('a');
        return [found, await store.hasSession('a')];
      };
      const came = await life().catch((error: { reason?: string }) => error.reason);
      expect(came, lacking).toEqual(lacking === 'none' ? ['two', false] : 'PermissionDenied');
    }
  });

  test('an id in characters that an adopted table does not have is refused by every method', async () => {
    const shop = await makeShop(
      server,
      sessionsTable.replace('utf8mb4 COLLATE utf8mb4_bin', 'latin1').replace('longblob', 'blob'),
    );
    const { host, port } = server;
    await using store = new MysqlSessionStore({ host, port, ...shop.role, database: shop.database });
    await store.saveSession('é', Buffer.from('x'));
    expect(await store.hasSession('é')).toBe(true);
    const id = '😀';
    for (const asked of [
      () => store.saveSession(id, Buffer.from('x')),
      () => store.loadSession(id),
      () => store.hasSession(id),
      () => store.deleteSession(id),
    ]) {
      await refusal('InvalidInput')(asked());
    }
  });

  test('a foreign key that cascades is refused by an account with a right on its table, as the docs say', async () => {
    const child = `CREATE TABLE carts (session varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
      FOREIGN KEY (session) REFERENCES sessions (id) ON DELETE CASCADE) ENGINE = InnoDB;`;
    const shop = await makeShop(server, sessionsTable + fill(30, 10) + child);
    const cleaning = 'SELECT, DELETE ON sessions';
    const { folder } = await accountWith(shop, [cleaning, `CREATE ON ${shop.database}.*`]);
    await refusal('ShapeMismatch', /of carts deletes rows there/)(shop.setUp());
    await refusal('ShapeMismatch', /of carts deletes rows there/)(cleanUp(shop, { folder }));
    const limited = await accountWith(shop, [cleaning]);
    expect(await cleanUp(shop, { folder: limited.folder })).toMatchObject({ deleted: 30 });
  });

  test('an account that may not make a table is told what to grant, and that mends it', async () => {
    const shop = await makeShop(server);
    const { folder } = await accountWith(shop, [`SELECT ON ${shop.database}.*`]);
    await refusal('PermissionDenied', /CREATE command denied/)(shop.setUp({ folder }));
    await runAdvisedSql(shop, shop.setUp({ folder }));
    expect(await shop.setUp({ folder })).toMatchObject({ outcome: 'Created' });
  });
});
