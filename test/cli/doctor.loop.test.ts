import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { group, plural } from '../../src/api/group.ts';
import { readManifests, until } from '../api-client.ts';
import { failureResult, postgresSpec } from '../builders.ts';
import { useLoop } from '../operator/loop.ts';
import { Namespace } from '../operator/namespace.ts';
import { cliOutcome, type TerminalOptions } from './fake-terminal.ts';
import { limitedUser } from './limited-user.ts';

const loop = useLoop({
  namespaces: ['shop', 'wiki'],
  prepare: async (api) => {
    const data = { host: btoa('db.example'), password: btoa('top-secret'), username: btoa('shop') };
    await api.must('POST', '/api/v1/namespaces/shop/secrets', { metadata: { name: 'shop-db' }, data });
  },
});
const shop = new Namespace(loop, 'shop');
const wiki = new Namespace(loop, 'wiki');

const run = (args: string, options: TerminalOptions = {}, kubeconfig = loop.kubeconfig) =>
  cliOutcome([...args.split(' '), '--kubeconfig', kubeconfig], { env: { LANG: 'C.UTF-8' }, ...options });

const wrongPassword = 'the server refused the password of role shop';

/** A store with a failed set-up. */
async function failingStore(name: string): Promise<void> {
  await shop.apply(name);
  const job = await shop.setupJob(name);
  await shop.endPodOf(job.metadata.name, failureResult('AuthenticationFailed', wrongPassword), 76);
  await shop.untilCondition(name, { type: 'Ready', reason: 'AuthenticationFailed' });
}

test('a wrong password is found with its Job, pod and Secret; a value of the Secret is never printed', async () => {
  await failingStore('web');
  const { exitCode, stdout, stderr } = await run('doctor web -n shop');
  expect([exitCode, stderr]).toEqual([1, '']);
  expect(stdout).toMatch(/^✗ Ready +no, AuthenticationFailed/m);
  expect(stdout).toContain(wrongPassword);
  expect(stdout).toMatch(/^✗ Set-up Job +web-setup-/m);
  expect(stdout).toMatch(/^✗ Pod .* exit code 76$/m);
  expect(stdout).toMatch(/^✗ Secret +shop-db has the keys host, password, username/m);
  expect(stdout).toContain('It lacks uri, or instead of it database or dbname');
  expect(stdout).toMatch(
    /^Docs +https:\/\/sessionstore\.dev\/docs\/troubleshooting\.md#authenticationfailed$/m,
  );
  for (const value of ['top-secret', 'db.example', btoa('top-secret')]) expect(stdout).not.toContain(value);
});

test('a Secret that does not exist is found', async () => {
  await wiki.apply('web');
  await wiki.setupJob('web');
  const { exitCode, stdout } = await run('doctor web -n wiki');
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^✗ Secret +Secret shop-db does not exist in this namespace$/m);
});

test('a person without rights sees each skipped step with the rule that grants it', async () => {
  await failingStore('viewed');
  const rules = [{ apiGroups: [group], resources: [plural], verbs: ['get'] }];
  const kubeconfig = await limitedUser(loop.api, loop.kubeconfig, 'shop', { name: 'viewer', rules });
  const { exitCode, stdout, stderr } = await run('doctor viewed -n shop', {}, kubeconfig);
  expect([exitCode, stderr]).toEqual([1, '']);
  expect(stdout).toMatch(/^✗ Ready +no, AuthenticationFailed/m);
  const secretRule = '{apiGroups: [""], resources: [secrets], resourceNames: [shop-db], verbs: [get]}';
  expect(stdout).toContain(secretRule);
  for (const name of ['Set-up Job', 'CronJob', 'Clean-up Job', 'Pod', 'Events', 'Secret'])
    expect(stdout).toMatch(new RegExp(`^– ${name} +You may not `, 'm'));
  const fleet = await run('status -n shop', {}, kubeconfig);
  expect(fleet).toMatchObject({ exitCode: 77, stdout: '' });
  expect(fleet.stderr).toContain(`{apiGroups: [${group}], resources: [${plural}], verbs: [list]}`);
});

test('the operator is judged by its CRD and by what it reconciles, also by those who may see little', async () => {
  await wiki.untilCondition('web', { type: 'Ready' });
  const { exitCode, stdout } = await run('doctor');
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^✓ CRD +v1alpha1, with the schema of this program$/m);
  expect(stdout).toMatch(/^✗ Operator +no Deployment runs the operator/m);
  expect(stdout).toMatch(/^✓ Stores +status is up to date in (\d+) of \1: each newest spec was reconciled$/m);
  const kubeconfig = await limitedUser(loop.api, loop.kubeconfig, 'shop', { name: 'stranger', rules: [] });
  const seen = await run('doctor --operator -n shop', {}, kubeconfig);
  expect(seen.exitCode).toBe(0);
  expect(seen.stdout).toMatch(/^– CRD +You may not get CustomResourceDefinitions/m);
  expect(seen.stdout).toMatch(/^– Operator +You may not list Deployments/m);
  expect(seen.stdout).toContain(
    'status: {apiGroups: [sessionstore.dev], resources: [sessionstores], verbs: [list]}',
  );
});

test('a Deployment of the operator is found by its arguments, in any namespace, with its image', async () => {
  expect((await run('version')).stdout).toMatch(/^Program: \d+\.\d+\.\d+\nOperator: not found/);
  const [deployment] = await readManifests('deploy/deployment.yaml');
  const path = '/apis/apps/v1/namespaces/wiki/deployments';
  await loop.api.must('POST', path, deployment);
  try {
    const { exitCode, stdout } = await run('doctor');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^✗ Operator +wiki\/session-store-operator: 0 of 1 replicas ready, image session-store-operator:dev$/m,
    );
    expect(stdout).toMatch(/^✗ Pods +the Deployment has no pod$/m);
    expect(stdout).toMatch(/^✗ Leader +no replica has ever taken the Lease$/m);
    expect((await run('version')).stdout).toMatch(/^Operator: session-store-operator:dev$/m);
  } finally {
    await loop.api.must('DELETE', `${path}/session-store-operator`);
  }
});

test('the fleet is printed in each format, and a store that is not Ready gives exit code 1', async () => {
  await shop.apply('ready');
  await shop.provision('ready');
  const one = await run('status ready -n shop', { columns: 80 });
  expect(one.exitCode).toBe(0);
  await failingStore('broken');
  const fleet = await run('status -A');
  expect(fleet.exitCode).toBe(1);
  expect(fleet.stdout).toMatch(/^shop +broken +AuthenticationFailed /m);
  expect(fleet.stdout).toMatch(/^shop +ready +yes /m);
  expect(await run('status ready -n shop -o name')).toMatchObject({
    exitCode: 0,
    stdout: 'sessionstore.sessionstore.dev/ready\n',
  });
  const json = await run('status -n shop -o json');
  expect(JSON.parse(json.stdout).items.map(({ kind }: { kind: string }) => kind)).toContain('SessionStore');
  expect((await run('status ready -n shop -o yaml')).stdout).toMatch(/^kind: SessionStore$/m);
  expect(await run('status -n shop -l app=none')).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: 'No SessionStores found in namespace shop.\n',
  });
  expect(await run('status ready -A')).toMatchObject({ exitCode: 64 });
});

test('a watched fleet is drawn again when a store comes, until Ctrl+C', async () => {
  const signals = new EventEmitter();
  let drawn = '';
  const { promise: isThere, resolve } = Promise.withResolvers<void>();
  const onWrite = (text: string) => {
    drawn = text;
    if (/^watched +\S/m.test(text)) resolve();
  };
  const watching = run('status -n wiki --watch', { columns: 80, signals, onWrite });
  await until('the first table', async () => drawn.includes('NAME'));
  expect(drawn).not.toContain('watched');
  await wiki.apply('watched');
  await isThere;
  signals.emit('SIGINT');
  expect(await watching).toMatchObject({ exitCode: 130, stderr: '' });
  expect(await run('status -n wiki --watch')).toMatchObject({ exitCode: 64, stdout: '' });
});

test('a request is handled by the operator, and says so; without an operator it ends at its time limit', async () => {
  await failingStore('again');
  const done = await run('request again -n shop');
  expect(done.exitCode).toBe(0);
  expect(done.stdout).toMatch(/^sessionstore\.sessionstore\.dev\/again reconciled: /);
  await loop.operator.stop();
  try {
    const unheard = await run('request again -n shop --timeout 0.1');
    expect(unheard).toMatchObject({ exitCode: 69, stdout: '' });
    expect(unheard.stderr).toContain('see doctor --operator');
    expect(await run('request again -n shop --no-wait')).toMatchObject({
      exitCode: 0,
      stdout: 'sessionstore.sessionstore.dev/again requested\n',
    });
    await shop.change('again', { spec: { suspend: true } });
    const waiting = await run('status again -n shop');
    expect(waiting.exitCode).toBe(1);
    expect(waiting.stdout).toMatch(/^Ready +no, NotReconciled$/m);
  } finally {
    await loop.restartOperator();
  }
});

test('logs say which run has no pod, and which right is missing', async () => {
  // No node runs the pod: its log is empty.
  expect(await run('logs web -n shop --setup')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  await shop.apply('idle', { ...postgresSpec, suspend: true });
  expect(await run('logs idle -n shop')).toMatchObject({
    exitCode: 1,
    stderr: 'sessionstore logs: Expected a run of idle with a pod; found no Job\n',
  });
  const rules = [{ apiGroups: [group], resources: [plural], verbs: ['get'] }];
  const kubeconfig = await limitedUser(loop.api, loop.kubeconfig, 'shop', { name: 'reader', rules });
  const refused = await run('logs web -n shop', {}, kubeconfig);
  expect(refused.exitCode).toBe(77);
  expect(refused.stderr).toMatch(
    /\{apiGroups: \[(batch|"")\], resources: \[(jobs|pods)\], verbs: \[list\]\}/,
  );
});
