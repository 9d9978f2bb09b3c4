import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { TestPostgres } from './postgres.ts';

/** Counts the server's ReadyForQuery messages; a message is a letter, its length in four bytes, and the rest. */
function readyCounter(onReady: () => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 5) {
      const length = 1 + pending.readUInt32BE(1);
      if (pending.length < length) return;
      if (pending[0] === 'Z'.charCodeAt(0)) onReady();
      pending = pending.subarray(length);
    }
  };
}

/**
 * Stands between a client and PostgreSQL, in the clear, and calls back when the server has carried out the n-th
 * statement of a connection and before the client learns of it. Returning `cut` ends the connection there.
 */
export async function startProxy(
  postgres: TestPostgres,
  afterStatement: (n: number) => 'pass' | 'cut',
): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect(postgres.port, postgres.host);
    // The log-in ends with the first ReadyForQuery.
    let statements = -1;
    let isCut = false;
    const count = readyCounter(() => {
      statements += 1;
      if (statements > 0 && afterStatement(statements) === 'cut') isCut = true;
    });
    client.pipe(server);
    server.on('data', (chunk) => {
      count(chunk);
      if (!isCut) client.write(chunk);
      else for (const socket of [client, server]) socket.destroy();
    });
    for (const [socket, other] of [[client, server] as const, [server, client] as const]) {
      sockets.add(socket);
      // A client that was killed resets its connection: that is what this is for.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        other.destroy();
        sockets.delete(socket);
      });
    }
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address');
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
