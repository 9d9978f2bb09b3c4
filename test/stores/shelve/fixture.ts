import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { venvPython } from '../../../scripts/cluster/venv.ts';
import type { CleanupOptions, Owner, SetupOptions } from '../../../src/stores/session-store.ts';
import { type ShelveOptions, ShelveSessionStore } from '../../../src/stores/shelve/store.ts';
import { Shop } from '../python/shop.ts';

export const owner: Owner = { installation: 'test', namespace: 'shop', name: 'web' };
export const hour = 3600;
export const kinds = ['gnu', 'ndbm', 'dumb', 'sqlite3'] as const;
export type Kind = (typeof kinds)[number];

/** A folder that stands for a mounted claim, with a shelf on it. */
export class TestShelf implements AsyncDisposable {
  readonly root: string;
  readonly path: string;
  readonly #python: string;

  private constructor(root: string, python: string) {
    this.root = root;
    this.path = join(root, 'shop/sessions');
    this.#python = python;
  }

  static async make(): Promise<TestShelf> {
    return new TestShelf(await mkdtemp('/var/tmp/sessionstore-'), await venvPython());
  }

  store(options: Partial<ShelveOptions> = {}): ShelveSessionStore {
    return new ShelveSessionStore({ root: this.root, path: this.path, python: this.#python, ...options });
  }

  async setUp(options: Partial<ShelveOptions> = {}, setup: Partial<SetupOptions> = {}) {
    await using store = this.store(options);
    return await store.setup({ owner, ifExists: 'Adopt', ...setup });
  }

  /** A clean-up of what is older than an hour. */
  async cleanUp(options: Partial<ShelveOptions> = {}, cleanup: Partial<CleanupOptions> = {}) {
    await using store = this.store(options);
    return await store.deleteOldSessions({ owner, ageSeconds: hour, ...cleanup });
  }

  async ids(): Promise<readonly string[]> {
    await using store = this.store();
    const ids: string[] = [];
    for await (const [id] of store.iterSessions()) ids.push(id);
    return ids.sort();
  }

  /** An application that has the shelf. */
  async shop(options: { safe?: boolean; python?: string; quiet?: boolean } = {}): Promise<Shop> {
    const { safe = false, python = this.#python, quiet = false } = options;
    return Shop.start(python, { kind: 'shelve', filename: this.path, safe }, quiet);
  }

  async names(): Promise<readonly string[]> {
    return (await readdir(join(this.root, 'shop'))).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}
