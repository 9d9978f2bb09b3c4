import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import {
  connectPlatform,
  everythingVisible,
  messageOf,
  type Namespace,
  newNamespace,
  type Platform,
} from './platform.ts';
import { adminPassword, type PostgresPod, startPostgresPod } from './postgres-pod.ts';
import { createVolume, removeVolumes } from './volume.ts';

let platform: Platform;
let namespace: Namespace;
let postgres: PostgresPod;
const passwords: string[] = [adminPassword];

beforeAll(async () => {
  platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
  namespace = await newNamespace(platform, 'trouble');
  await createVolume(platform, namespace, 'postgres-data', 70);
  postgres = await startPostgresPod(platform, namespace, 'postgres-data');
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
  const keys = await postgres.database(name, password);
  return {
    keys,
    spec: { backend: { postgres: { connection: { secretName: name } } }, layout: 'connect-pg-simple' },
  };
}

const asOwner = (role: string, ddl: string) => postgres.sql(`SET ROLE "${role}"; ${ddl}`, role);
const sessionTable = 'sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL';

describe('the connection', () => {
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
      spec: { backend: { postgres: { connection: { secretName: 'renamed-2' } } } },
    });
    const store = await namespace.becomes('renamed', 'Ready', 'True');
    expect(store.status?.connection?.secretName).toMatch(/^renamed/);
    await expect
      .poll(async () => (await namespace.read('renamed')).status?.connection?.secretName, { timeout: 60_000 })
      .toBe('renamed-2');
  });

  test('a read-only database is waited for', async () => {
    const { keys, spec } = await application('readonly');
    await postgres.sql('ALTER ROLE readonly SET default_transaction_read_only = on');
    await namespace.secret('readonly', keys);
    await namespace.store('readonly', spec);
    await namespace.becomes('readonly', 'Ready', 'False', 'ReadOnly');
    await postgres.sql('ALTER ROLE readonly RESET default_transaction_read_only');
    await namespace.becomes('readonly', 'Ready', 'True');
  });
});

describe('what is there already', () => {
  test('a table of a different shape is refused, and the column named', async () => {
    const { keys, spec } = await application('shape');
    await asOwner('shape', 'CREATE TABLE session (sid varchar PRIMARY KEY, sess json NOT NULL)');
    await namespace.secret('shape', keys);
    await namespace.store('shape', spec);
    expect(messageOf(await namespace.becomes('shape', 'Stalled', 'True', 'ShapeMismatch'))).toContain(
      'expire',
    );
    await asOwner('shape', 'ALTER TABLE session ADD COLUMN expire timestamp(6) NOT NULL DEFAULT now()');
    await namespace.becomes('shape', 'Ready', 'True', 'Ready');
    await namespace.becomes('shape', 'Provisioned', 'True', 'Adopted');
  });

  test('a view is refused', async () => {
    const { keys, spec } = await application('view');
    await asOwner('view', `CREATE TABLE other (${sessionTable}); CREATE VIEW session AS SELECT * FROM other`);
    await namespace.secret('view', keys);
    await namespace.store('view', spec);
    expect(messageOf(await namespace.becomes('view', 'Stalled', 'True', 'ShapeMismatch'))).toContain('view');
    await asOwner('view', 'DROP VIEW session');
    await namespace.becomes('view', 'Ready', 'True');
  });

  test('row-level security that would hide sessions is refused', async () => {
    const { keys, spec } = await application('rls');
    await asOwner(
      'rls',
      `CREATE TABLE session (${sessionTable}); ALTER TABLE session ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`,
    );
    await namespace.secret('rls', keys);
    await namespace.store('rls', spec);
    expect(messageOf(await namespace.becomes('rls', 'Stalled', 'True', 'ShapeMismatch'))).toMatch(
      /row.level security/i,
    );
    await asOwner('rls', 'ALTER TABLE session NO FORCE ROW LEVEL SECURITY');
    await namespace.becomes('rls', 'Ready', 'True');
  });

  test('a partitioned table is cleaned leaf by leaf', async () => {
    const { keys, spec } = await application('parts');
    await asOwner(
      'parts',
      `CREATE TABLE session (sid varchar, sess json NOT NULL, expire timestamp(6) NOT NULL, PRIMARY KEY (sid)) PARTITION BY HASH (sid);
       CREATE TABLE session_0 PARTITION OF session FOR VALUES WITH (MODULUS 2, REMAINDER 0);
       CREATE TABLE session_1 PARTITION OF session FOR VALUES WITH (MODULUS 2, REMAINDER 1);
       INSERT INTO session SELECT 's' || i, '{}', now() + (CASE WHEN i % 2 = 0 THEN 1 ELSE -1 END) * interval '1 day'
       FROM generate_series(1, 1000) AS i`,
    );
    await namespace.secret('parts', keys);
    await namespace.store('parts', { ...spec, cleanup: { schedule: '* * * * *' } });
    const clean = await namespace.becomes('parts', 'CleanedUp', 'True', 'CleanedUp');
    expect(clean.status?.cleanup?.lastRun).toMatchObject({ deleted: 500, remaining: 500 });
    expect(await postgres.sql('SELECT count(*) FROM session WHERE expire > now()', 'parts')).toEqual(['500']);
  });

  test('ifExists: Fail refuses somebody’s table, and Adopt takes it', async () => {
    const { keys, spec } = await application('fail');
    await asOwner('fail', `CREATE TABLE session (${sessionTable})`);
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
    await namespace.store('conflict-too', { ...spec, setup: { ifExists: 'Overwrite', overwriteToken: '1' } });
    const stalled = await namespace.becomes('conflict-too', 'Stalled', 'True', 'Conflict');
    expect(messageOf(stalled)).toContain(`${namespace.name}/conflict`);
    await asOwner('conflict', 'DROP TABLE session');
    await namespace.becomes('conflict-too', 'Ready', 'True');
  });
});

describe('what happens after set-up', () => {
  test('a table that was dropped by hand is found missing and made again', async () => {
    const { keys, spec } = await application('dropped');
    await namespace.secret('dropped', keys);
    await namespace.store('dropped', { ...spec, cleanup: { schedule: '* * * * *', suspend: true } });
    await namespace.becomes('dropped', 'Ready', 'True');
    await asOwner('dropped', 'DROP TABLE session');
    await namespace.change('dropped', { spec: { cleanup: { suspend: null } } });
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

  test('a database that is down is waited for, and found again', async () => {
    const { keys, spec } = await application('down');
    await namespace.secret('down', keys);
    await postgres.down();
    await namespace.store('down', spec);
    await namespace.becomes('down', 'Ready', 'False', 'ConnectionFailed');
    await postgres.up();
    await namespace.becomes('down', 'Ready', 'True');
  });
});

test('no password stands in any object, event, argument or log', async () => {
  const visible = await everythingVisible(platform, namespace.name);
  expect(visible).toContain('AuthenticationFailed');
  const postgresPod = new RegExp(`value: ${adminPassword}`, 'g');
  const text = visible.replace(postgresPod, '');
  expect(passwords.filter((password) => text.includes(password))).toEqual([]);
});
