import { DurusSessionStore } from '../../../src/stores/durus/store.ts';
import { TestDurus } from '../durus/fixture.ts';
import { pythonLocation, runPython, saveOld } from './python.ts';
import { type Location, makerOf, type StoreKind } from './store-kind.ts';

const make = makerOf(DurusSessionStore);
const makeSessions = `
from durus.connection import Connection
from durus.persistent_dict import PersistentDict
connection = Connection(storage)
connection.get_root()["sessions"] = PersistentDict()
connection.commit()`;

const loseMark = `
from durus.connection import Connection
connection = Connection(storage)
del connection.get_root()["sessionstore.dev/mark"]
connection.commit()`;
// Sessions of another kind.
const makeUnlike = makeSessions.replace(
  'PersistentDict()\n',
  'PersistentDict({"keynote": {"speaker": "Ann"}})\n',
);
const onFile = 'from durus.file_storage import FileStorage; storage = FileStorage(path)';
const onServer =
  'from durus.client_storage import ClientStorage; storage = ClientStorage(address=("127.0.0.1", int(path)))';

async function fill(options: object, count: number, bytes: number): Promise<void> {
  await using store = make(options);
  const payload = Buffer.alloc(bytes, 1);
  for (let number = 0; number < count; number += 1) await store.saveSession(`filled-${number}`, payload);
}

/** No server; each location is a file that one process has open. */
export const durusFileKind = async (form: 'Session3' | 'Safe'): Promise<StoreKind> => ({
  makeLocation: () =>
    pythonLocation({
      form,
      make,
      fill,
      isMultiprocessSafe: false,
      many: { sessions: 0, bytes: 0 },
      makeUnmarked: (path) => runPython(onFile + makeSessions, path),
      loseMark: (path) => runPython(onFile + loseMark, path),
      makeUnlike: (path) => runPython(onFile + makeUnlike, path),
    }),
  [Symbol.asyncDispose]: async () => undefined,
});

/** Each location is a server of its own. */
export const durusServerKind = async (form: 'Session3' | 'Safe'): Promise<StoreKind> => ({
  makeLocation: async (): Promise<Location> => {
    const server = await TestDurus.make();
    await server.serve();
    const { python, address } = server;
    const port = address && 'port' in address ? address.port : 0;
    // Session3's form is cleaned behind a server only if it is said that the application tries again.
    const options = { host: '127.0.0.1', port, python, form, whileInUse: 'Tolerate' };
    return {
      options,
      isMultiprocessSafe: true,
      adopting: form === 'Safe' ? { migrate: true } : {},
      many: { sessions: 0, bytes: 0 },
      makeUnmarked: () => runPython(onServer + makeSessions, port),
      loseMark: () => runPython(onServer + loseMark, port),
      makeUnlike: () => runPython(onServer + makeUnlike, port),
      unlike: async () => {
        await using store = make({ ...options, form: 'Session3' });
        const sessions: unknown[] = [];
        for await (const session of store.iterSessions()) sessions.push(session);
        return sessions;
      },
      saveOld: (sessions) => saveOld(make, options, server.root, sessions),
      fill: (count, bytes) => fill(options, count, bytes),
      outside: async () => undefined,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  [Symbol.asyncDispose]: async () => undefined,
});
