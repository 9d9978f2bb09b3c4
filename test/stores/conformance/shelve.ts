import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ShelveSessionStore } from '../../../src/stores/shelve/store.ts';
import { pythonLocation, runPython } from './python.ts';
import { makerOf, type StoreKind } from './store-kind.ts';

const unmarked = 'import dbm.gnu; dbm.gnu.open(path, "c").close()';
const unlike = `
import dbm.gnu, pickle
with dbm.gnu.open(path, "c") as shelf:
    for number in range(2):
        shelf[str(number)] = pickle.dumps({"total": number})`;
const filled = `
import dbm.gnu, time
from sessionstore.pickles.stamp import stamped
with dbm.gnu.open(path, "w") as shelf:
    for number in range(int(sys.argv[2])):
        shelf[f"filled-{number}"] = stamped(b"x" * int(sys.argv[3]), time.time())`;

/** No server; each location is a gdbm file. */
export const shelveKind = async (form: 'Session3' | 'Safe'): Promise<StoreKind> => ({
  makeLocation: () =>
    pythonLocation({
      form,
      many: { sessions: 5_000, bytes: 20_480 },
      // In use by several processes, as here, session3's form is cleaned only if that is said.
      options: form === 'Session3' ? { whileInUse: 'Tolerate' } : {},
      isMultiprocessSafe: true,
      make: makerOf(ShelveSessionStore),
      makeUnmarked: (path) => runPython(unmarked, path),
      loseMark: (path) => rm(join(dirname(path), '.sessionstore-sessions.json')),
      makeUnlike: (path) => runPython(unlike, path),
      fill: (options, count, bytes) => runPython(filled, (options as { path: string }).path, count, bytes),
    }),
  [Symbol.asyncDispose]: async () => undefined,
});
