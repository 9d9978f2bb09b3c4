import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { HttpClient, linesOf, ResponseTooLarge, textOf } from '../../src/kube/http.ts';

const get = { method: 'GET', path: '/x?y=1', headers: {} };

let server: Server;
let client: HttpClient;
let sockets: Set<Socket>;
let answer: RequestListener;

beforeEach(async () => {
  sockets = new Set();
  server = createServer((request, response) => answer(request, response));
  server.on('connection', (socket) => sockets.add(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  client = new HttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}/behind/`, {});
});

afterEach(() => {
  client.destroy();
  server.closeAllConnections();
  server.close();
});

test('a request goes below the path of the server, and a connection is used again', async () => {
  const paths: (string | undefined)[] = [];
  answer = ({ url }, response) => {
    paths.push(url);
    response.end('ok');
  };
  for (let i = 0; i < 3; i += 1) expect(await textOf(await client.send(get, {}))).toBe('ok');
  expect(paths).toEqual(Array(3).fill('/behind/x?y=1'));
  expect(sockets.size).toBe(1);
});

test('a request on a connection that the server has just closed is sent again', async () => {
  answer = (_request, response) => response.end('ok');
  await textOf(await client.send(get, {}));
  let requests = 0;
  answer = (_request, response) => {
    requests += 1;
    if (requests === 1) response.socket?.resetAndDestroy();
    else response.end('again');
  };
  expect(await textOf(await client.send(get, {}))).toBe('again');
});

test('a request on a new connection that is reset fails', async () => {
  answer = (_request, response) => response.socket?.resetAndDestroy();
  await expect(client.send(get, {})).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('an answer that does not come in time ends as an error, also in the middle of its body', async () => {
  answer = () => undefined;
  await expect(client.send(get, { timeoutMs: 50 })).rejects.toThrow('within 0.05 s');
  answer = (_request, response) => response.write('a beginning');
  // However long the beginning takes, the time is over after it.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const begun = textOf(await client.send(get, { timeoutMs: 100 }));
  vi.advanceTimersByTime(100);
  await expect(begun).rejects.toThrow('within 0.1 s');
});

test('a signal ends a request with its reason, and lines that are being read', async () => {
  answer = (_request, response) => response.write('one\ntwo\nthr');
  const stop = new AbortController();
  const lines: string[] = [];
  const reading = (async () => {
    for await (const line of linesOf(await client.send(get, { signal: stop.signal }))) {
      lines.push(line);
      if (line === 'two') stop.abort(new Error('enough'));
    }
  })();
  await expect(reading).rejects.toThrow('enough');
  expect(lines).toEqual(['one', 'two']);
  await expect(client.send(get, { signal: stop.signal })).rejects.toThrow('enough');
});

test('a last line without its end is dropped from a watch, where it may be half, and kept of a log', async () => {
  answer = (_request, response) => response.end('one\ntwo');
  const read = async (...lastLine: ('dropped' | 'kept')[]) => {
    const lines: string[] = [];
    for await (const line of linesOf(await client.send(get, {}), ...lastLine)) lines.push(line);
    return lines;
  };
  expect(await read()).toEqual(['one']);
  expect(await read('kept')).toEqual(['one', 'two']);
});

test('an answer that is too large is not read to its end', async () => {
  answer = (_request, response) => response.end('x'.repeat(1_000_000));
  await expect(textOf(await client.send(get, {}), 1000)).rejects.toBeInstanceOf(ResponseTooLarge);
});

test('an answer that breaks off is an error', async () => {
  answer = (_request, response) => {
    response.write('a beginning', () => response.socket?.destroy());
  };
  await expect(client.send(get, {}).then((body) => textOf(body))).rejects.toThrow('aborted');
});
