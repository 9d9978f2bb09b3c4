import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../../scripts/cluster/run.ts';
import { venvPython } from '../../scripts/cluster/venv.ts';
import { MysqlSessionStore, PostgresSessionStore, ShelveSessionStore } from '../../src/stores/library.ts';
import type { Owner, SessionStore } from '../../src/stores/session-store.ts';
import { startMysql } from '../servers/mysql.ts';
import { startPostgres } from '../servers/postgres.ts';

const owner: Owner = { installation: 'test', namespace: 'shop', name: 'web' };
const text = async (store: SessionStore, id: string) => String(await store.loadSession(id));

test.each([
  ['PostgreSQL', startPostgres, PostgresSessionStore],
  ['MySQL', () => startMysql('mysql'), MysqlSessionStore],
  ['MariaDB', () => startMysql('mariadb'), MysqlSessionStore],
] as const)(
  '%s: a restarted server is connected to again, a stopped one is reported',
  async (_name, start, Class) => {
    await using server = await start();
    const database = await server.createDatabase('shop');
    await using store = new Class({ host: server.host, port: server.port, ...server.superuser, database });
    await store.setup({ owner, ifExists: 'Adopt' });
    await store.saveSession('a', Buffer.from('before'));
    await server.stop();
    await expect(store.loadSession('a')).rejects.toMatchObject({
      reason: expect.stringMatching(/^(ConnectionFailed|ServerUnavailable)$/),
    });
    await server.start();
    expect(await text(store, 'a')).toBe('before');
    await store.saveSession('a', Buffer.from('after'));
    // The store is not used while the server is down.
    await server.stop();
    await server.start();
    expect(await text(store, 'a')).toBe('after');
  },
);

test('a server that cannot be reached is told by open(), and by each call', async () => {
  await using store = new PostgresSessionStore({ host: '127.0.0.1', port: 1, user: 'app', database: 'shop' });
  await expect(store.open()).rejects.toMatchObject({ reason: 'ConnectionFailed' });
  await expect(store.hasSession('a')).rejects.toMatchObject({ reason: 'ConnectionFailed' });
});

test('a Python program that was killed is started again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reconnect-'));
  const python = join(folder, 'python');
  await writeFile(python, `#!/bin/sh\necho $$ >> '${folder}/started'\nexec '${await venvPython()}' "$@"\n`);
  await chmod(python, 0o755);
  const started = async () =>
    (await readFile(join(folder, 'started'), 'utf8')).trim().split('\n').map(Number);
  try {
    await using store = new ShelveSessionStore({ path: join(folder, 'sessions'), python });
    await store.setup({ owner, ifExists: 'Adopt' });
    await store.saveSession('a', Buffer.from('kept'));
    const [first = 0] = await started();
    process.kill(first, 'SIGKILL');
    // Until it is told that it has lost it, a call may fail.
    expect(await until('an answer', 60_000, () => text(store, 'a'))).toBe('kept');
    expect(await started()).toHaveLength(2);
  } finally {
    await rm(folder, { recursive: true });
  }
});
