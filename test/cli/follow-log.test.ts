import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { followProgress } from '../../src/cli/run/follow-log.ts';
import { ApiServer } from '../../src/kube/api-server.ts';

const line = (deleted: number): string =>
  `${JSON.stringify({ time: '2026-11-20T12:00:00.000Z', level: 'info', msg: 'progress', progress: { deleted, seen: deleted, rate: 1 } })}\n`;

test('the log is opened again where it breaks off or is refused, until the follower ends', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (asked.length === 1)
      return void response.writeHead(400).end('{"message":"container is waiting to start"}');
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write(`not about progress\n${line(asked.length)}`);
    // A connection that is cut in the middle of a line.
    if (asked.length === 2) return void response.write(line(9).slice(0, 20), () => response.destroy());
    return undefined;
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = new ApiServer({
    loadConfig: () => ({
      getCurrentCluster: () => ({ name: 'test', server: url, skipTLSVerify: false }),
      getCurrentContext: () => 'test',
      getContextObject: () => null,
      applyToHTTPSOptions: async () => undefined,
    }),
  });
  const end = new AbortController();
  const seen: number[] = [];
  await followProgress(
    api,
    { namespace: 'shop', name: 'web-1' },
    ({ deleted }) => {
      seen.push(deleted);
      if (deleted === 3) end.abort();
    },
    end.signal,
  );
  expect(seen).toEqual([2, 3]);
  expect(asked[0]).toBe('/api/v1/namespaces/shop/pods/web-1/log?container=runner&tailLines=20&follow=true');
  server.closeAllConnections();
  server.close();
  await api[Symbol.asyncDispose]();
});
