import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { activeSetup, cleanupJob, pod, sessionStore } from '../builders.ts';
import { cliOutcome } from './fake-terminal.ts';

const store = sessionStore();
const { job: setup } = activeSetup(store);
const { job: cleanup } = cleanupJob('web-cleanup-1', undefined);
const podOf = (name: string, { uid }: { readonly uid: string }) => ({
  ...pod(name),
  metadata: { ...pod(name).metadata, ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid }] },
});

const pods = [podOf('of-setup', setup.metadata), podOf('of-cleanup', cleanup.metadata)];
const asked: string[] = [];

/** As much of an API server as the command asks for. */
const answers: readonly (readonly [RegExp, (url: string) => string])[] = [
  [/\/sessionstores\/web$/, () => JSON.stringify(store)],
  [/\/jobs\?.*task%3Dsetup/, () => JSON.stringify({ metadata: {}, items: [setup] })],
  [/\/jobs\?/, () => JSON.stringify({ metadata: {}, items: [cleanup, setup] })],
  [/\/pods\?/, () => JSON.stringify({ metadata: {}, items: pods })],
  [
    /\/pods\/of-\w+\/log/,
    (url) => `{"time":"2026-11-20T11:17:00.5Z","level":"info","msg":"${url.split('/')[6]}"}\n`,
  ],
];

const server = createServer((request, response) => {
  const url = request.url ?? '';
  asked.push(url);
  const [, answer] = answers.find(([pattern]) => pattern.test(url)) ?? [];
  response.writeHead(answer ? 200 : 404).end(answer?.(url) ?? '{}');
});
let folder: string;
let kubeconfig: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  folder = await mkdtemp(path.join(tmpdir(), 'logs-'));
  kubeconfig = path.join(folder, 'kubeconfig');
  const cluster = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'test' },
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: { token: 'none' } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace: 'shop' } }],
  };
  await writeFile(kubeconfig, JSON.stringify(config));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const logs = (args: readonly string[], columns?: number) =>
  cliOutcome(['logs', 'web', '--kubeconfig', kubeconfig, ...args], columns === undefined ? {} : { columns });

test('the log of the newest run is printed as it is, and that of set-up where it is asked for', async () => {
  expect(await logs([])).toEqual({
    ...{ exitCode: 0, stderr: '' },
    stdout: '{"time":"2026-11-20T11:17:00.5Z","level":"info","msg":"of-cleanup"}\n',
  });
  expect((await logs(['--setup'])).stdout).toContain('"msg":"of-setup"');
});

test('on a terminal, a line reads as time and message; a run is followed to its end', async () => {
  expect((await logs(['--follow'], 80)).stdout).toBe('11:17:00 of-cleanup\n');
  expect(asked.at(-1)).toBe('/api/v1/namespaces/shop/pods/of-cleanup/log?container=runner&follow=true');
});
