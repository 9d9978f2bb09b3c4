import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { cliOutcome } from '../cli/fake-terminal.ts';
import { yearly } from './first-run.ts';
import { connectPlatform, type Namespace, newNamespace, type Platform } from './platform.ts';
import { startPostgresPod } from './postgres-pod.ts';
import { createVolume, inVolume, removeVolumes } from './volume.ts';

const password = 'kX3v-postgres-discover';

let platform: Platform;
let namespace: Namespace;

beforeAll(async () => {
  platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
  namespace = await newNamespace(platform, 'discover');
});

afterAll(async () => {
  await removeVolumes(platform, namespace);
  await namespace.remove();
});

const discover = (...args: readonly string[]) =>
  cliOutcome(['discover', ...args, '-n', namespace.name, '--kubeconfig', inject('kubeconfig')]);

test('Jobs find the sessions of a Secret’s database and of a claim, their manifests can be applied, and no Job is left', async () => {
  await createVolume(platform, namespace, 'postgres-data', 70);
  await createVolume(platform, namespace, 'wiki', 1000);
  const postgres = await startPostgresPod(platform, namespace, 'postgres-data');
  await namespace.secret('shop-db', await postgres.database('shop', password));
  // Its CronJob names the image.
  await namespace.store('shop', {
    backend: { postgres: { connection: { secretName: 'shop-db' } } },
    layout: 'connect-pg-simple',
    cleanup: { schedule: yearly },
  });
  await namespace.becomes('shop', 'Ready', 'True');
  await postgres.sql(
    `SET ROLE shop; INSERT INTO session SELECT n::text, '{}', now() - interval '1 day' FROM generate_series(1, 300) n`,
    'shop',
  );
  await inVolume(
    platform,
    namespace,
    'wiki',
    'mkdir -p /volume/app/php; for n in 1 2 3; do echo "a|i:1;" > /volume/app/php/sess_$n; done; touch -d "30 days ago" /volume/app/php/sess_1; chown -R 1000:1000 /volume/app',
  );

  const database = await discover('--secret', 'shop-db', '--backend', 'postgres');
  expect(database).toMatchObject({ exitCode: 0 });
  expect(database.stdout).toMatch(/^public\.session +connect-pg-simple +300 +300 /m);
  const claim = await discover('--claim', 'wiki', '--sub-path', 'app', '--run-as', '1000', '-o', 'yaml');
  expect(claim).toMatchObject({ exitCode: 0 });
  expect(parseAllDocuments(claim.stdout).map((document) => document.toJS())).toMatchObject([
    { spec: { backend: { directory: { claimName: 'wiki', path: 'app/php' } }, layout: 'php-files' } },
  ]);
  await platform.kubectl(['apply', '-f', '-', '--dry-run=server'], claim.stdout);

  const missing = await discover('--secret', 'no-such-secret', '--backend', 'postgres');
  expect(missing).toMatchObject({ exitCode: 69, stderr: expect.stringContaining('does not exist') });
  expect(JSON.stringify([database, claim, missing])).not.toContain(password);
  const left = await platform.kubectl(['get', 'jobs', '-n', namespace.name, '-o', 'name']);
  expect(left).not.toContain('sessionstore-discover');
});
