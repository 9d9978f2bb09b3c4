import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { stringify } from 'yaml';
import { apiVersion, kind } from '../../src/api/group.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { jobPath, storePath } from '../api-client.ts';
import { atTerminal, type Step } from '../cli/pseudo-terminal.ts';
import { sharedProgram } from '../servers/shared.ts';
import { yearly } from './first-run.ts';
import { connectPlatform, type Namespace, newNamespace, type Platform } from './platform.ts';
import { type PostgresPod, startPostgresPod } from './postgres-pod.ts';
import { createVolume, removeVolumes } from './volume.ts';

const total = 1_000_000;
const stale = 900_000;

const spec: SessionStoreSpec = {
  backend: { postgres: { connection: { secretName: 'shop-db' } } },
  layout: 'connect-pg-simple',
  cleanup: { expiredFor: '5m', schedule: yearly },
};

let platform: Platform;
let namespace: Namespace;
let postgres: PostgresPod;

beforeAll(async () => {
  platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
  namespace = await newNamespace(platform, 'people');
  await createVolume(platform, namespace, 'postgres-data', 70);
  postgres = await startPostgresPod(platform, namespace, 'postgres-data');
  await namespace.secret('shop-db', await postgres.database('shop', 'kX3v-people-shop'));
  await postgres.sql(
    `SET ROLE shop;
     CREATE TABLE session (sid varchar NOT NULL PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL);
     INSERT INTO session (sid, sess, expire)
     SELECT 'sid-' || i, '{}', CASE WHEN i <= ${stale} THEN now() - interval '2 days' ELSE now() + interval '1 hour' END
     FROM generate_series(1, ${total}) AS i`,
    'shop',
  );
});

afterAll(async () => {
  await removeVolumes(platform, namespace);
  await namespace.remove();
});

/** The program as a person starts it, at a terminal. */
const sessionstore = async (args: readonly string[], columns: number, steps: readonly Step[] = []) =>
  atTerminal(
    [
      ...[process.execPath, await sharedProgram(), ...args],
      ...['-n', namespace.name, '--kubeconfig', inject('kubeconfig')],
    ],
    { columns, steps },
  );

const cleanupJobs = async (): Promise<readonly { readonly metadata: { readonly name: string } }[]> =>
  (await platform.api.must('GET', `${jobPath(namespace.name)}?labelSelector=sessionstore.dev/task=cleanup`))
    .items;

test('a plan before the manifest is applied, a clean-up with a bar, interrupted and followed again', async () => {
  const manifest = path.join(tmpdir(), `${namespace.name}.yaml`);
  await writeFile(manifest, stringify({ apiVersion, kind, metadata: { name: 'shop' }, spec }));
  const image = ['--runner-image', 'session-store-operator:dev'];
  const planned = await sessionstore(['plan', '-f', manifest, ...image], 80);
  const plan = stripVTControlCharacters(planned.output);
  expect(plan).toContain('would adopt what exists');
  expect(plan).toContain('the first one would delete 900,000 sessions');
  expect(plan).toMatch(/for less than a week +900,000 {2}█{30}/);
  expect(planned.exitCode).toBe(0);
  expect((await platform.api.request('GET', storePath(namespace.name, 'shop'))).status).toBe(404);
  expect(await postgres.sql('SELECT count(*) FROM session', 'shop')).toEqual([`${total}`]);

  await namespace.store('shop', spec);
  await namespace.becomes('shop', 'Ready', 'True');
  const interrupted = await sessionstore(['clean', 'shop'], 80, [
    // As progress says it, and not the end.
    { wait: String.raw`\d deleted`, send: '\u0003' },
    { wait: String.raw`Stop the run of shop\? \[y/N\]`, send: 'n\r' },
  ]);
  expect(interrupted.exitCode).toBe(130);
  const shown = stripVTControlCharacters(interrupted.output);
  expect(shown).toMatch(/shop {2}.*[\d,]+ deleted/);
  expect(Math.max(...shown.split(/[\r\n]/).map((line) => line.length))).toBeLessThanOrEqual(160);
  expect(shown).toContain('goes on in the cluster; sessionstore clean shop follows it again');

  const jobs = await cleanupJobs();
  const followed = await sessionstore(['clean', 'shop'], 200);
  const end = stripVTControlCharacters(followed.output);
  expect(end).toContain('shop: a run goes on since');
  expect(end).toContain('shop: deleted 900,000 sessions, 100,000 remain');
  expect(followed.exitCode).toBe(0);
  expect(await cleanupJobs()).toHaveLength(jobs.length);
  expect(await postgres.sql('SELECT count(*) FROM session', 'shop')).toEqual([`${total - stale}`]);
});
