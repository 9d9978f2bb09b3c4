import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { ApiServer, type ResponseMetric } from '../../src/kube/api-server.ts';

let server: Server | undefined;
afterEach(() => server?.close());

/** A client of a server at this port, and what it counts. */
function clientOf(port: number) {
  const codes: ResponseMetric['code'][] = [];
  const config = {
    getCurrentCluster: () => ({ server: `http://127.0.0.1:${port}` }),
    applyToHTTPSOptions: async () => undefined,
  };
  const loadConfig = () => config as never;
  return { codes, client: new ApiServer({ loadConfig, onResponse: ({ code }) => codes.push(code) }) };
}

async function listening(answers: boolean): Promise<number> {
  server = createServer((_request, response) => {
    if (answers) response.end('{}');
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const request = { method: 'GET', path: '/api' } as const;

test('a response is counted by its code', async () => {
  const { client, codes } = clientOf(await listening(true));
  await client.request(request);
  expect(codes).toEqual([200]);
});

test('a request without a response is counted as an error', async () => {
  const port = await listening(true);
  await new Promise((resolve) => server?.close(resolve));
  const { client, codes } = clientOf(port);
  await expect(client.request(request)).rejects.toThrow('ECONNREFUSED');
  expect(codes).toEqual(['<error>']);
});

test('a request that the operator itself ended is not counted', async () => {
  const { client, codes } = clientOf(await listening(false));
  const stop = new AbortController();
  server?.on('request', () => stop.abort());
  await expect(client.request(request, { signal: stop.signal })).rejects.toThrow('aborted');
  expect(codes).toEqual([]);
});
