import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../scripts/cluster/free-port.ts';
import { venvPython } from '../../../scripts/cluster/venv.ts';
import { type DurusOptions, DurusSessionStore } from '../../../src/stores/durus/store.ts';
import type { CleanupOptions, Owner, SetupOptions } from '../../../src/stores/session-store.ts';
import { Shop } from '../python/shop.ts';

export const owner: Owner = { installation: 'test', namespace: 'shop', name: 'web' };
export const hour = 3600;

type Settings = Pick<DurusOptions, 'form' | 'whileInUse' | 'pack'>;
type Address =
  | { readonly host: string; readonly port: number; readonly address?: string }
  | { readonly socket: string };

/** A folder that stands for a mounted claim, with a Durus storage on it, and servers on that. */
export class TestDurus implements AsyncDisposable {
  readonly root: string;
  readonly path: string;
  readonly python: string;
  /** The server's, once one was started; else the file is used. */
  address: Address | undefined;
  readonly #stack = new AsyncDisposableStack();

  private constructor(root: string, python: string) {
    this.root = root;
    this.path = join(root, 'sessions.durus');
    this.python = python;
  }

  static async make(): Promise<TestDurus> {
    return new TestDurus(await mkdtemp('/var/tmp/sessionstore-'), await venvPython());
  }

  /** Starts a Durus server on the file. */
  async serve(by: 'tcp' | 'socket' = 'tcp'): Promise<void> {
    const port = await freePort();
    const socket = join(this.root, 'durus.sock');
    const address = by === 'tcp' ? { host: '127.0.0.1', port } : { socket };
    const where = by === 'tcp' ? ['--port', String(port)] : ['--address', socket];
    const server = spawn(this.python, ['-m', 'durus', '-s', '--file', this.path, ...where], {
      stdio: 'ignore',
    });
    this.#stack.defer(async () => {
      const exited = once(server, 'exit');
      server.kill();
      await exited;
    });
    await listening(by === 'tcp' ? { port, host: '127.0.0.1' } : { path: socket });
    this.address = address;
  }

  store(settings: Settings = {}): DurusSessionStore {
    const place = this.address ?? { root: this.root, path: this.path };
    return new DurusSessionStore({ ...place, python: this.python, ...settings });
  }

  async setUp(settings: Settings = {}, setup: Partial<SetupOptions> = {}) {
    await using store = this.store(settings);
    return await store.setup({ owner, ifExists: 'Adopt', ...setup });
  }

  /** A clean-up of what is older than an hour. */
  async cleanUp(settings: Settings = {}, cleanup: Partial<CleanupOptions> = {}) {
    await using store = this.store(settings);
    return await store.deleteOldSessions({ owner, ageSeconds: hour, ...cleanup });
  }

  /** An application that uses the file, or the server where there is one. */
  async shop(safe = false): Promise<Shop> {
    return Shop.start(this.python, { kind: 'durus', ...(this.address ?? { file: this.path }), safe });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
    await rm(this.root, { recursive: true, force: true });
  }
}

async function listening(where: { port: number; host: string } | { path: string }): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const socket = createConnection(where);
    const connected = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      once(socket, 'error').then(() => false),
    ]);
    socket.destroy();
    if (connected) return;
    await sleep(20);
  }
  throw new Error('The Durus server did not start');
}
