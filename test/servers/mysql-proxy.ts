import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { TestMysql } from './mysql.ts';

/** COM_QUERY, COM_STMT_EXECUTE: what the server carries out. */
const statements = new Set([0x03, 0x17]);

/** Calls back at each statement of a client: a packet is its length in three bytes, its number in a row, and the rest. */
function statementCounter(onStatement: () => void): (chunk: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 5) {
      const length = 4 + pending.readUIntLE(0, 3);
      if (pending.length < length) return;
      // The log-in's packets have higher numbers.
      if (pending[3] === 0 && statements.has(pending[4] ?? 0)) onStatement();
      pending = pending.subarray(length);
    }
  };
}

/**
 * Stands between a client and the server, in the clear, and calls back when the server answers the n-th statement of a
 * connection and before the client learns of it. Returning `cut` ends the connection there.
 */
export async function startMysqlProxy(
  server: Pick<TestMysql, 'host' | 'port'>,
  afterStatement: (n: number) => 'pass' | 'cut',
): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const behind = connect(server.port, server.host);
    let [sent, answered, isCut] = [0, 0, false];
    const count = statementCounter(() => {
      sent += 1;
    });
    client.on('data', (chunk) => {
      count(chunk);
      behind.write(chunk);
    });
    behind.on('data', (chunk) => {
      if (sent > answered) {
        answered = sent;
        isCut ||= afterStatement(answered) === 'cut';
      }
      if (!isCut) return client.write(chunk);
      client.destroy();
      return behind.destroy();
    });
    for (const [socket, other] of [[client, behind] as const, [behind, client] as const]) {
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
