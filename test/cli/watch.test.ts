import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { postgresSpec, sessionStore } from '../builders.ts';
import { useFakeApiServer } from './fake-api-server.ts';
import { cliOutcome } from './fake-terminal.ts';

const first = sessionStore();
const second = sessionStore(postgresSpec, { name: 'wiki', uid: 'wiki-uid', resourceVersion: '8' });
const { promise: watched, resolve: opened } = Promise.withResolvers<ServerResponse>();

const list = {
  apiVersion: first.apiVersion,
  kind: `${first.kind}List`,
  metadata: { resourceVersion: '7' },
  items: [first],
};

const server = useFakeApiServer([
  [
    /\/sessionstores\?.*watch=/,
    (_url, response) => {
      response.writeHead(200).flushHeaders();
      opened(response);
    },
  ],
  [/\/sessionstores\?/, () => list],
  [/\/sessionstores\/web$/, () => first],
]);

test('watched stores are drawn again when one comes, until Ctrl+C', async () => {
  const signals = new EventEmitter();
  const { promise: isDrawn, resolve: drawn } = Promise.withResolvers<void>();
  const { promise: isThere, resolve: found } = Promise.withResolvers<void>();
  const onWrite = (text: string) => {
    drawn();
    if (/^wiki +NotReconciled/m.test(text)) found();
  };
  const options = { columns: 80, signals, onWrite, env: { NO_COLOR: '1' } };
  const args = ['status', '--watch', '-l', 'app=shop', '--kubeconfig', server.kubeconfig];
  const watching = cliOutcome(args, options);
  await isDrawn;
  (await watched).write(`${JSON.stringify({ type: 'ADDED', object: second })}\n`);
  await isThere;
  signals.emit('SIGINT');
  const { exitCode, stdout, stderr } = await watching;
  expect([exitCode, stderr]).toEqual([130, '']);
  const drawings = stdout.split('\u001b[H\u001b[J').slice(1);
  expect(drawings[0]).toMatch(/^NAME .*\nweb /);
  expect(drawings.at(-1)).toMatch(/^NAME .*\nweb .*\nwiki /);
  expect(server.asked.every((url) => url.includes('labelSelector=app%3Dshop'))).toBe(true);
  expect(signals.listenerCount('SIGINT')).toBe(0);
});

test('a script is sent to kubectl instead, and a format without a table is refused', async () => {
  const refused = await cliOutcome(['status', '--watch', '--kubeconfig', server.kubeconfig]);
  expect(refused).toMatchObject({ exitCode: 64, stdout: '' });
  expect(refused.stderr).toContain('kubectl get --watch');
  const json = ['status', '-w', '-o', 'json', '--kubeconfig', server.kubeconfig];
  expect(await cliOutcome(json, { columns: 80 })).toMatchObject({ exitCode: 64, stdout: '' });
});
