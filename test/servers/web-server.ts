import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A web server in place of a database: it answers every request at once, and hangs up. */
export async function startWebServer(body: string): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).resume();
    socket.end(`HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n${body}\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}
