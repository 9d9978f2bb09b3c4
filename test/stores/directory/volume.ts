import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileForm } from '../../../src/layouts/file-form.ts';
import type { Layout } from '../../../src/layouts/layout.ts';
import { session3 } from '../../../src/layouts/session3.ts';
import type { FileSystem } from '../../../src/stores/directory/files.ts';
import { DirectorySessionStore } from '../../../src/stores/directory/store.ts';
import type { CleanupOptions, Owner, SetupOptions } from '../../../src/stores/session-store.ts';

export const owner: Owner = { installation: 'test', namespace: 'shop', name: 'web' };
export const sessionPath = 'shop/sessions';

export const session3Files: FileForm = filesOf(session3);

/** A layout's files. */
export function filesOf({ directory, name }: Layout): FileForm {
  if (!directory) throw new Error(`Expected ${name} to have files`);
  return directory;
}

/** A session as Python's pickle begins one. */
export const pickle = (text: string): Buffer => Buffer.concat([Buffer.from([0x80, 4]), Buffer.from(text)]);

/** A folder that stands for a mounted claim, on a disk rather than in memory, removed at the end. */
export class TestVolume implements AsyncDisposable {
  readonly root: string;
  readonly folder: string;
  readonly stateDir: string;
  readonly #layout: Layout;

  constructor(root: string, layout: Layout = session3) {
    this.root = root;
    this.#layout = layout;
    this.folder = join(root, sessionPath);
    this.stateDir = join(root, 'shop/.sessionstore-sessions');
  }

  static async make(layout?: Layout): Promise<TestVolume> {
    return new TestVolume(await mkdtemp('/var/tmp/sessionstore-'), layout);
  }

  /** A volume with a folder that is set up and contains these sessions: each name with its age in seconds. */
  static async withSessions(sessions: Readonly<Record<string, number>>): Promise<TestVolume> {
    const volume = await TestVolume.make();
    await volume.setUp();
    for (const [name, age] of Object.entries(sessions)) await volume.save(name, age);
    return volume;
  }

  store(files?: FileSystem): DirectorySessionStore {
    const layout = this.#layout;
    return new DirectorySessionStore({ root: this.root, path: sessionPath, layout, ...(files && { files }) });
  }

  async setUp(options: Partial<SetupOptions> = {}, files?: FileSystem) {
    return this.store(files).setup({ owner, ifExists: 'Adopt', ...options });
  }

  /** A clean-up of what is older than an hour. */
  async cleanUp(options: Partial<CleanupOptions> = {}, files?: FileSystem) {
    return this.store(files).deleteOldSessions({ owner, ageSeconds: 3600, pace: 'full', ...options });
  }

  /** Writes a session as another program would, so many seconds old. */
  async save(name: string, age = 0, text = `session ${name}`): Promise<void> {
    await this.write(name, age, text === '' ? '' : pickle(text));
  }

  /** Writes a file with this content. */
  async write(name: string, age: number, content: string | Uint8Array): Promise<void> {
    const path = join(this.folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    const time = Date.now() / 1000 - age;
    await utimes(path, time, time);
  }

  /** The names in the session folder. */
  async names(): Promise<readonly string[]> {
    return (await readdir(this.folder)).sort();
  }

  /** The folders and files of the whole volume with mode and content, except those that contain a time. */
  async state(): Promise<Readonly<Record<string, string>>> {
    const state: Record<string, string> = {};
    for (const name of (await readdir(this.root, { recursive: true })).sort()) {
      const stats = await stat(join(this.root, name));
      const mode = (stats.mode & 0o7777).toString(8);
      state[name] = stats.isDirectory() ? mode : `${mode} ${await readFile(join(this.root, name), 'latin1')}`;
    }
    return state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}
