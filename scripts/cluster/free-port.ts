import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A TCP port on which no program listens, and which no other process gets from here while this one lives: a server can
 * be started on it late, and again after its end. It is below those that the kernel gives to outgoing connections.
 */
export async function freePort(candidate = () => randomInt(20_000, 30_000)): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = candidate();
    if ((await isReserved(port)) && (await isFree(port))) return port;
  }
  throw new Error('Found no free port between 20000 and 30000. See who listens: ss -ltnp');
}

/** Reserves the port until this process ends, by a name that the kernel gives to one process at a time. */
async function isReserved(port: number): Promise<boolean> {
  // An abstract socket: only Linux has them.
  if (process.platform !== 'linux') return true;
  const holder = createServer().listen(`\0session-store-operator-port-${port}`);
  try {
    await once(holder, 'listening');
  } catch {
    return false;
  }
  holder.unref();
  return true;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
