import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { until } from '../api-client.ts';
import { startRun, yearly } from './first-run.ts';
import { adminPassword as mariadbPassword } from './mariadb-pod.ts';
import {
  connectPlatform,
  everythingVisible,
  messageOf,
  type Namespace,
  newNamespace,
  type Platform,
} from './platform.ts';
import { adminPassword as postgresPassword } from './postgres-pod.ts';
import { type TroubledServer, troubledDatabases } from './troubled-databases.ts';
import { removeVolumes } from './volume.ts';

const adminPasswords = [postgresPassword, mariadbPassword];

/** The tests of what may be wrong with a database or its table, on a server of that engine. */
export function troubleOn(engine: keyof typeof troubledDatabases): void {
  const database = troubledDatabases[engine];
  const { table } = database;
  let platform: Platform;
  let namespace: Namespace;
  let server: TroubledServer;
  const passwords: string[] = [...adminPasswords];

  beforeAll(async () => {
    platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
    namespace = await newNamespace(platform, 'trouble');
    server = await database.start(platform, namespace);
  });

  afterAll(async () => {
    await removeVolumes(platform, namespace);
    await namespace.remove();
  });

  /** A database, its Secret, and the spec of a store in it, all of one name; the Secret is for the test to make. */
  async function application(
    name: string,
  ): Promise<{ readonly keys: Readonly<Record<string, string>>; readonly spec: SessionStoreSpec }> {
    const password = `pW-${name}-8h2KqZ`;
    passwords.push(password);
    return { keys: await server.database(name, password), spec: database.spec(name) };
  }

  // Each has a database of its own, and most wait.
  describe.concurrent('the connection', () => {
    test('a Secret that does not exist is waited for', async () => {
      const { keys, spec } = await application('nosecret');
      await namespace.store('nosecret', spec);
      const waiting = await namespace.becomes('nosecret', 'Ready', 'False', 'SecretMissing');
      expect(waiting.status?.conditions?.some(({ type }) => type === 'Reconciling')).toBe(true);
      await namespace.secret('nosecret', keys);
      await namespace.becomes('nosecret', 'Ready', 'True');
    });

    test('a Secret without a key names the key', async () => {
      const { keys, spec } = await application('nokey');
      const { password: _left, database: _out, ...rest } = keys;
      await namespace.secret('nokey', rest);
      await namespace.store('nokey', spec);
      const stalled = await namespace.becomes('nokey', 'Stalled', 'True', 'SecretIncomplete');
      expect(messageOf(stalled)).toMatch(/database/);
      await namespace.secret('nokey', keys);
      await namespace.becomes('nokey', 'Ready', 'True');
    });

    test('a password under the wrong key is shown nowhere', async () => {
      const { keys, spec } = await application('misplaced');
      await namespace.secret('misplaced', { ...keys, host: `app:${keys['password']}@${keys['host']}` });
      await namespace.store('misplaced', spec);
      const stalled = await namespace.becomes('misplaced', 'Stalled', 'True', 'SecretIncomplete');
      expect(messageOf(stalled)).toMatch(/Secret misplaced: .*key host is not a host/);
      expect(JSON.stringify(stalled)).not.toContain(keys['password']);
      await namespace.secret('misplaced', keys);
      await namespace.becomes('misplaced', 'Ready', 'True');
    });

    test('a wrong password is mended in the Secret alone', async () => {
      const { keys, spec } = await application('password');
      passwords.push('wrong-Zq91xx');
      await namespace.secret('password', { ...keys, password: 'wrong-Zq91xx' });
      await namespace.store('password', spec);
      const stalled = await namespace.becomes('password', 'Stalled', 'True', 'AuthenticationFailed');
      expect(messageOf(stalled)).toContain('password');
      await namespace.secret('password', keys);
      const ready = await namespace.becomes('password', 'Ready', 'True');
      expect(ready.status?.conditions?.map(({ type }) => type)).not.toContain('Stalled');
    });

    test('a Secret of another name is verified, and shown', async () => {
      const { keys, spec } = await application('renamed');
      await namespace.secret('renamed', keys);
      await namespace.store('renamed', spec);
      await namespace.becomes('renamed', 'Ready', 'True');
      await namespace.secret('renamed-2', keys);
      await namespace.change('renamed', {
        spec: database.spec('renamed-2'),
      });
      const store = await namespace.becomes('renamed', 'Ready', 'True');
      expect(store.status?.connection?.secretName).toMatch(/^renamed/);
      await expect
        .poll(async () => (await namespace.read('renamed')).status?.connection?.secretName, {
          timeout: 180_000,
        })
        .toBe('renamed-2');
    });
  });

  describe.concurrent('the table', () => {
    test('a table that was dropped by hand is found missing and made again', async () => {
      const { keys, spec } = await application('dropped');
      await namespace.secret('dropped', keys);
      await namespace.store('dropped', {
        ...spec,
        cleanup: { ...database.cleanup, schedule: yearly },
      });
      await namespace.becomes('dropped', 'Ready', 'True');
      await server.asOwner('dropped', `DROP TABLE ${table}`);
      await startRun(platform, namespace, 'dropped', 'dropped-1');
      const setupIsTried = async () => (await namespace.read('dropped')).status?.setup?.attempt === 2;
      await until('set-up to run again', setupIsTried);
      await namespace.becomes('dropped', 'Ready', 'True');
      await startRun(platform, namespace, 'dropped', 'dropped-2');
      const clean = await namespace.becomes('dropped', 'CleanedUp', 'True', 'CleanedUp');
      expect(clean.status?.setup?.attempt).toBe(2);
      const events = await platform.kubectl([
        'get',
        'events',
        '-n',
        namespace.name,
        '--field-selector',
        'reason=StoreMissing',
        '-o',
        'name',
      ]);
      expect(events.trim().split('\n')).toHaveLength(1);
    });

    test('a table of a different shape is refused, and the column named', async () => {
      const { keys, spec } = await application('shape');
      await server.asOwner('shape', `CREATE TABLE ${table} (${database.short.columns})`);
      await namespace.secret('shape', keys);
      await namespace.store('shape', spec);
      expect(messageOf(await namespace.becomes('shape', 'Stalled', 'True', 'ShapeMismatch'))).toContain(
        database.short.missing,
      );
      await server.asOwner('shape', database.short.mend);
      await namespace.becomes('shape', 'Ready', 'True', 'Ready');
      await namespace.becomes('shape', 'Provisioned', 'True', 'Adopted');
    });

    test('a view is refused', async () => {
      const { keys, spec } = await application('view');
      await server.asOwner(
        'view',
        `CREATE TABLE other (${database.columns}); CREATE VIEW ${table} AS SELECT * FROM other`,
      );
      await namespace.secret('view', keys);
      await namespace.store('view', spec);
      expect(messageOf(await namespace.becomes('view', 'Stalled', 'True', 'ShapeMismatch'))).toContain(
        'view',
      );
      await server.asOwner('view', `DROP VIEW ${table}`);
      await namespace.becomes('view', 'Ready', 'True');
    });

    if (engine === 'postgres') {
      test('row-level security that would hide sessions is refused', async () => {
        const { keys, spec } = await application('rls');
        await server.asOwner(
          'rls',
          `CREATE TABLE session (${database.columns}); ALTER TABLE session ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`,
        );
        await namespace.secret('rls', keys);
        await namespace.store('rls', spec);
        expect(messageOf(await namespace.becomes('rls', 'Stalled', 'True', 'ShapeMismatch'))).toMatch(
          /row.level security/i,
        );
        await server.asOwner('rls', 'ALTER TABLE session NO FORCE ROW LEVEL SECURITY');
        await namespace.becomes('rls', 'Ready', 'True');
      });
    }

    test('a partitioned table is cleaned leaf by leaf', async () => {
      const { keys, spec } = await application('parts');
      await server.asOwner('parts', database.partitioned);
      await namespace.secret('parts', keys);
      await namespace.store('parts', { ...spec, cleanup: { ...database.cleanup, schedule: yearly } });
      await namespace.becomes('parts', 'Ready', 'True');
      await startRun(platform, namespace, 'parts');
      const clean = await namespace.becomes('parts', 'CleanedUp', 'True', 'CleanedUp');
      expect(clean.status?.cleanup?.lastRun).toMatchObject({ deleted: 500, remaining: 500 });
      expect(await server.asOwner('parts', database.countLive)).toEqual(['500']);
    });

    test('ifExists: Fail refuses somebody’s table, and Adopt takes it', async () => {
      const { keys, spec } = await application('fail');
      await server.asOwner('fail', `CREATE TABLE ${table} (${database.columns})`);
      await namespace.secret('fail', keys);
      await namespace.store('fail', { ...spec, setup: { ifExists: 'Fail' } });
      await namespace.becomes('fail', 'Stalled', 'True', 'AlreadyExists');
      await namespace.change('fail', { spec: { setup: { ifExists: 'Adopt' } } });
      await namespace.becomes('fail', 'Ready', 'True');
    });

    test('another store’s mark is a Conflict that names it', async () => {
      const { keys, spec } = await application('conflict');
      await namespace.secret('conflict', keys);
      await namespace.store('conflict', spec);
      await namespace.becomes('conflict', 'Ready', 'True');
      await namespace.store('conflict-too', {
        ...spec,
        setup: { ifExists: 'Overwrite', overwriteToken: '1' },
      });
      const stalled = await namespace.becomes('conflict-too', 'Stalled', 'True', 'Conflict');
      expect(messageOf(stalled)).toContain(`${namespace.name}/conflict`);
      await server.asOwner('conflict', `DROP TABLE ${table}`);
      await namespace.becomes('conflict-too', 'Ready', 'True');
    });
  });

  test('a read-only database is waited for', async () => {
    const { keys, spec } = await application('readonly');
    await server.readOnly('readonly', true);
    // On MySQL, this holds for the databases of the tests that follow, too.
    try {
      await namespace.secret('readonly', keys);
      await namespace.store('readonly', spec);
      await namespace.becomes('readonly', 'Ready', 'False', 'ReadOnly');
    } finally {
      await server.readOnly('readonly', false);
    }
    await namespace.becomes('readonly', 'Ready', 'True');
  });

  test('a database that is down is waited for, and found again', async () => {
    const { keys, spec } = await application('down');
    await namespace.secret('down', keys);
    await server.down();
    await namespace.store('down', spec);
    await namespace.becomes('down', 'Ready', 'False', 'ConnectionFailed');
    await server.up();
    await namespace.becomes('down', 'Ready', 'True');
  });

  test('no password stands in any object, event, argument or log', async () => {
    const visible = await everythingVisible(platform, namespace.name);
    expect(visible).toContain('AuthenticationFailed');
    // The server's own pod is given its administrator's so.
    const text = adminPasswords.reduce(
      (rest, password) => rest.replaceAll(`value: ${password}`, ''),
      visible,
    );
    expect(passwords.filter((password) => text.includes(password))).toEqual([]);
  });
}
