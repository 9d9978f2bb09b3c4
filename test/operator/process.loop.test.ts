import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { freePort } from '../../scripts/cluster/free-port.ts';
import { ApiClient, installCrd, until } from '../api-client.ts';
import { sharedProgram } from '../servers/shared.ts';

let controlPlane: ControlPlane;
let api: ApiClient;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  api = new ApiClient(controlPlane);
});

afterAll(async () => {
  await api.close();
  await controlPlane.stop();
});

/** The operator as a process of its own, and everything that it says. */
async function operatorProcess(args: readonly string[]) {
  const child = spawn('node', [await sharedProgram(), 'operator', ...args], {
    env: { ...process.env, KUBECONFIG: controlPlane.kubeconfig },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  // Not at its exit: the last lines may come after that.
  const ended = once(child, 'close') as Promise<[number | null, string | null]>;
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said.text += chunk.toString();
    });
  }
  return { child, ended, said };
}

test('a flag that is wrong is said in one sentence, with exit code 64', async () => {
  const { ended, said } = await operatorProcess(['--concurrency=many']);
  expect(await ended).toEqual([64, null]);
  expect(said.text).toContain('--runner-image: is required');
  expect(said.text).toContain('--concurrency:');
});

test('the operator waits for its kind to be installed, leads, and gives the lease back on SIGTERM', async () => {
  const port = await freePort();
  const { child, ended, said } = await operatorProcess([
    ...['--runner-image=x', `--health-port=${port}`, '--metrics-port=0'],
    '--leader-election-namespace=default',
  ]);
  const statusOf = async (path: string) =>
    fetch(`http://127.0.0.1:${port}${path}`).then(
      ({ status }) => status,
      () => undefined,
    );
  const holder = async () =>
    (
      await api.request(
        'GET',
        '/apis/coordination.k8s.io/v1/namespaces/default/leases/session-store-operator',
      )
    ).body.spec;

  await until('its first line', async () => said.text.includes('"msg":"starting"'));
  expect(said.text).toMatch(/"version":"\d+\.\d+\.\d+[^"]*","namespaces":"all","msg":"starting"/);
  await until('the hint', async () => said.text.includes('kubectl apply -k deploy'));
  expect(await statusOf('/readyz')).toBe(503);
  await installCrd(api);
  await until('readyz to say 200', async () => (await statusOf('/readyz')) === 200);
  await until('a leader', async () => (await holder())?.holderIdentity);

  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect((await holder()).holderIdentity).toBe('');
  expect(said.text).not.toMatch(/"level":60/);
});
