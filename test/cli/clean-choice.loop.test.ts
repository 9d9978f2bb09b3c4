import { expect, test } from 'vitest';
import { postgresSpec } from '../builders.ts';
import { useCleaning } from './cleaning.ts';
import { limitedUser } from './limited-user.ts';

const namespace = 'clean';
const { loop, stores, clean, readyStore, jobs } = useCleaning(namespace);

test('a store that is suspended, not set up or without clean-up is refused with what to do', async () => {
  await stores.apply('unready');
  await readyStore('stopped');
  await stores.change('stopped', { spec: { suspend: true } });
  const { cleanup: _none, ...kept } = postgresSpec;
  await stores.apply('kept', kept);
  await stores.untilCondition('unready', { type: 'Ready', status: 'Unknown' });
  const refused = async (name: string) => {
    const { exitCode, stderr } = await clean([name]);
    return `${exitCode} ${stderr}`;
  };
  expect(await refused('stopped')).toMatch(
    /^1 stopped: SessionStore stopped is suspended \(spec\.suspend\).*sessionstore resume stopped/,
  );
  expect(await refused('unready')).toMatch(
    /^1 unready: SessionStore unready has no CronJob unready-cleanup.*Provisioning: set-up runs in Job/,
  );
  expect(await refused('kept')).toMatch(/^1 kept: SessionStore kept has no cleanup in its spec/);
  expect(await clean([])).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('--all, or --selector'),
  });
});

test('with a right missing, the rule that grants it is said before anything is made', async () => {
  await readyStore('guarded');
  const read = { apiGroups: ['sessionstore.dev'], resources: ['sessionstores'], verbs: ['get', 'list'] };
  const batch = { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: ['get', 'list', 'watch'] };
  const viewer = await limitedUser(loop.api, loop.kubeconfig, namespace, {
    name: 'viewer',
    rules: [read, batch],
  });
  const { exitCode, stderr } = await clean(['guarded'], {}, viewer);
  expect(stderr).toContain(
    'You may not create Jobs in namespace clean. A Role with this rule permits it: {apiGroups: [batch], resources: [jobs], verbs: [create]}',
  );
  expect(exitCode).toBe(77);
  const maker = { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] };
  const starter = await limitedUser(loop.api, loop.kubeconfig, namespace, {
    name: 'starter',
    rules: [read, batch, maker],
  });
  expect(await clean(['guarded'], {}, starter)).toMatchObject({
    exitCode: 77,
    stderr: expect.stringContaining('resources: [pods], verbs: [list, watch]'),
  });
  expect(await jobs('guarded')).toHaveLength(0);
  expect(await clean(['guarded', '--no-wait', '-o', 'name'], {}, starter)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^job\.batch\/guarded-cleanup-now-\w{5}\n$/),
  });
});

test('stores are chosen by label, or all that have clean-up, in the namespace alone', async () => {
  await Promise.all(['red', 'blue'].map((name) => readyStore(name)));
  await stores.change('red', { metadata: { labels: { team: 'a' } } });
  const byLabel = await clean(['-l', 'team=a', '--no-wait', '-o', 'name']);
  expect(byLabel).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^job\.batch\/red-cleanup-now-\w{5}\n$/),
  });
  const again = await clean(['red', '--no-wait']);
  expect(again.stdout).toMatch(/^job\.batch\/red-cleanup-now-\w{5} runs already\n$/);
  const dryRun = await clean(['red', 'blue', '--dry-run', '--no-wait', '-o', 'json']);
  expect(JSON.parse(dryRun.stdout).items).toMatchObject([
    { store: 'red', wasRunning: false },
    { store: 'blue', wasRunning: false },
  ]);
  const all = await clean(['--all', '--no-wait', '-o', 'name']);
  expect(all.stdout).toMatch(/^job\.batch\/blue-cleanup-now-\w{5}$/m);
  expect(all.stdout).not.toContain('kept');
  expect(await clean(['-l', 'team=none'])).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('found none'),
  });
});
