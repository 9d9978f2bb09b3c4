import fs from 'node:fs';
import { DirectorySessionStore } from '../../../src/stores/directory/store.ts';
import type { CleanupOptions, SetupOptions } from '../../../src/stores/session-store.ts';
import { StoreError } from '../../../src/stores/store-error.ts';

/** Work for another user, as JSON in the argument of this program. */
export interface RunAsUser {
  readonly root: string;
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly setup?: SetupOptions;
  readonly cleanup?: CleanupOptions;
}

// It begins as root, so that it can read this repository wherever that is checked out.
const run = JSON.parse(process.argv[2] ?? '') as RunAsUser;
const store = new DirectorySessionStore({ root: run.root, path: run.path, files: fs });
process.setgroups?.([]);
process.setgid?.(run.gid);
process.setuid?.(run.uid);
process.stdout.write(JSON.stringify(await outcome()));

async function outcome(): Promise<object | undefined> {
  try {
    if (run.setup) return await store.setup(run.setup);
    return run.cleanup && (await store.deleteOldSessions(run.cleanup));
  } catch (error) {
    if (error instanceof StoreError) return { reason: error.reason, message: error.message };
    throw error;
  }
}
