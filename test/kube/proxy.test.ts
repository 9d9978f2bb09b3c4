import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { HttpClient, textOf } from '../../src/kube/http.ts';
import { certificateAuthority } from '../servers/certificates.ts';

const get = { method: 'GET', path: '/x', headers: {} };

/** A server with a certificate for `api.test`, and a proxy that leads every tunnel to it. */
async function startBoth() {
  const folder = await mkdtemp(join(tmpdir(), 'proxy-'));
  const authority = await certificateAuthority(folder);
  const { certificate, key } = await authority.issue('api.test', ['DNS:api.test']);
  const server = createTlsServer({ cert: certificate, key }, (_request, response) => response.end('ok'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const tunnels: (string | undefined)[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    tunnels.push(request.url);
    const there = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(there).pipe(socket);
    });
    for (const end of [there, socket]) end.on('error', () => undefined);
    socket.on('close', () => there.destroy());
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    proxy.close();
    await rm(folder, { recursive: true });
  });
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return { ca: authority.certificate, address, tunnels };
}

test('behind a proxy, the connection of a tunnel is kept, and the server’s certificate is verified', async () => {
  const { ca, address, tunnels } = await startBoth();
  const answerOf = async (server: string, tls: { readonly ca?: string }) => {
    const client = new HttpClient(server, tls, address);
    try {
      const first = await textOf(await client.send(get, {}));
      return first + (await textOf(await client.send(get, {})));
    } finally {
      client.destroy();
    }
  };
  expect(await answerOf('https://api.test:6443', { ca })).toBe('okok');
  expect(tunnels).toEqual(['api.test:6443']);
  await expect(answerOf('https://api.test:6443', {})).rejects.toThrow(/certificate/);
  await expect(answerOf('https://other.test:6443', { ca })).rejects.toThrow(/altnames/);
});
