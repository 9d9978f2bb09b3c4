import type { FileOptions } from '../../../src/layouts/file-form.ts';
import { layoutOf } from '../../../src/layouts/index.ts';
import { resolvedLayout } from '../../../src/layouts/resolve.ts';
import { DirectorySessionStore } from '../../../src/stores/directory/store.ts';
import type { CleanupOptions, SetupOptions } from '../../../src/stores/session-store.ts';
import { racingFiles } from './watched-files.ts';

/** Input of a killed run, as JSON in its argument. */
export interface KilledRun {
  readonly root: string;
  readonly path: string;
  /** The operation after which it kills itself; 0 for no kill. */
  readonly k: number;
  readonly setup?: SetupOptions;
  readonly cleanup?: CleanupOptions;
  readonly layout: string;
  readonly layoutOptions?: FileOptions;
  /** Sessions that an application saves at the very moment before they are renamed away. */
  readonly racing: readonly string[];
}

// A program of its own, as only a process can be killed for good.
const run = JSON.parse(process.argv[2] ?? '') as KilledRun;
let operations = 0;
const files = racingFiles(run.racing, () => {
  operations++;
  if (operations === run.k) process.kill(process.pid, 'SIGKILL');
});
const layout = resolvedLayout(layoutOf(run.layout), run.layoutOptions ?? {});
const store = new DirectorySessionStore({ root: run.root, path: run.path, layout, files });
if (run.setup) await store.setup(run.setup);
if (run.cleanup) await store.deleteOldSessions(run.cleanup);
process.stdout.write(String(operations));
