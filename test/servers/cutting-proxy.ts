import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Observer of one connection. */
export interface Watcher {
  readonly fromClient?: (chunk: Buffer) => void;
  /** Says whether the client is to learn of this, or the connection ends here. */
  readonly fromServer: (chunk: Buffer) => 'pass' | 'cut';
}

/** Stands between clients and a server, in the clear; each answer comes so many milliseconds late. */
export async function startCuttingProxy(
  server: { readonly host: string; readonly port: number },
  watch: () => Watcher,
  delayMs = 0,
): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const behind = connect(server.port, server.host);
    const watcher = watch();
    client.on('data', (chunk) => watcher.fromClient?.(chunk));
    client.pipe(behind);
    const deliver = (chunk: Buffer) => {
      if (watcher.fromServer(chunk) === 'pass') client.write(chunk);
      else for (const socket of [client, behind]) socket.destroy();
    };
    behind.on('data', (chunk) => {
      if (delayMs > 0) setTimeout(deliver, delayMs, chunk);
      else deliver(chunk);
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
