import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { firstRun, startRun, yearly } from './first-run.ts';
import { connectPlatform, type Namespace, newNamespace, type Platform } from './platform.ts';
import { startPostgresPod } from './postgres-pod.ts';
import { createVolume, inVolume, removeVolumes } from './volume.ts';

const total = 10_000;
const stale = 9_000;

let platform: Platform;
let namespace: Namespace;

beforeAll(async () => {
  platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
  namespace = await newNamespace(platform, 'proof');
});

afterAll(async () => {
  await removeVolumes(platform, namespace);
  await namespace.remove();
});

test.concurrent('a table with 10,000 sessions loses its 9,000 stale ones', async () => {
  await createVolume(platform, namespace, 'postgres-data', 70);
  const postgres = await startPostgresPod(platform, namespace, 'postgres-data');
  await namespace.secret('shop-db', await postgres.database('shop', 'kX3v-postgres-shop'));
  await namespace.store('shop', {
    backend: { postgres: { connection: { secretName: 'shop-db' } } },
    layout: 'connect-pg-simple',
    cleanup: { expiredFor: '5m', schedule: yearly },
  });
  await namespace.becomes('shop', 'Ready', 'True');
  await postgres.sql(
    `SET ROLE shop;
     INSERT INTO session (sid, sess, expire)
     SELECT 'sid-' || i, '{}', CASE WHEN i <= ${stale} THEN now() - interval '1 hour' ELSE now() + interval '1 hour' END
     FROM generate_series(1, ${total}) AS i`,
    'shop',
  );
  await startRun(platform, namespace, 'shop');

  const run = await firstRun(platform, namespace, 'shop');

  expect(run).toMatchObject({ outcome: 'Succeeded', deleted: stale, overdue: 0, remaining: total - stale });
  const left = await postgres.sql(
    `SELECT count(*), min(substr(sid, 5)::int), max(substr(sid, 5)::int) FROM session`,
    'shop',
  );
  expect(left).toEqual([`${total - stale}|${stale + 1}|${total}`]);
  await namespace.becomes('shop', 'CleanedUp', 'True', 'CleanedUp');
});

// This clean-up waits for the schedule.
test.concurrent('a volume with 10,000 session files loses its 9,000 stale ones to a run that the CronJob started', async () => {
  await createVolume(platform, namespace, 'wiki', 1000);
  await namespace.store('wiki', {
    backend: { directory: { claimName: 'wiki', path: 'app/sessions' } },
    cleanup: { unmodifiedFor: '30m', schedule: '* * * * *', suspend: true },
    pod: { securityContext: { runAsUser: 1000, runAsGroup: 1000 } },
  });
  await namespace.becomes('wiki', 'Ready', 'True');
  await inVolume(
    platform,
    namespace,
    'wiki',
    `cd /volume/app/sessions
     i=1; while [ $i -le ${total} ]; do printf '\\200\\004.' > session-$i; i=$((i+1)); done
     seq 1 ${stale} | sed s/^/session-/ | xargs touch -d '1 hour ago'
     chown -R 1000:1000 .`,
  );
  await namespace.change('wiki', { spec: { cleanup: { suspend: null } } });

  const run = await firstRun(platform, namespace, 'wiki');

  expect(run).toMatchObject({ outcome: 'Succeeded', deleted: stale, overdue: 0, remaining: total - stale });
  const left = await inVolume(
    platform,
    namespace,
    'wiki',
    'ls /volume/app/sessions | sed s/session-// | sort -n | sed -n "1p;\\$p"; ls /volume/app/sessions | wc -l',
  );
  expect(left.trim().split('\n')).toEqual([String(stale + 1), String(total), String(total - stale)]);
});

test('kubectl get tells the story', async () => {
  const table = await platform.kubectl(['get', 'sessionstores', '-n', namespace.name]);
  expect(table).toMatch(/^NAME +STORE +READY +REASON +LAST RUN +OUTCOME +DELETED +OVERDUE +AGE/);
  expect(table).toMatch(/shop +postgres: table public\.session +True +Ready +\S+ +Succeeded +\d+ +0/);
  expect(table).toMatch(
    /wiki +directory: folder app\/sessions on claim wiki +True +Ready +\S+ +Succeeded +\d+ +0/,
  );
});
