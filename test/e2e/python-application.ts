import { finishedPod } from './finished-pod.ts';
import type { Namespace, Platform } from './platform.ts';

/** The user of the images, who owns these volumes. */
export const imageUser = 65_532;

/** A session as session3's, its times attributes, of a class that only this application can import. */
const application = `
import json, sys, time
class Session:
    def __init__(self, id, age):
        self.id, self.user = id, 'anna'
        self._creation_time = self._access_time = time.time() - age
def sessions(total, stale):
    return {f'session-{n}': Session(f'session-{n}', 3600 if n <= stale else 0) for n in range(1, total + 1)}
def numbers(ids):
    print(json.dumps(sorted(int(id.removeprefix('session-')) for id in ids)))
`;

/** A store's file, as an application of session3 fills and reads it. */
export interface PythonFile {
  readonly open: string;
  readonly fill: string;
  readonly read: string;
}

/** A shelf, as `shelve.open` makes one where Python has dbm.gnu. */
export const shelf = (path: string): PythonFile => ({
  open: `import dbm.gnu, shelve; shelf = shelve.Shelf(dbm.gnu.open('/volume/${path}', 'c'))`,
  fill: 'shelf.update(all); shelf.close()',
  read: 'numbers(shelf)',
});

/** A Durus storage with session3's one dictionary. */
export const durusFile = (path: string): PythonFile => ({
  open: `
from durus.connection import Connection
from durus.file_storage import FileStorage
from durus.persistent_dict import PersistentDict
connection = Connection(FileStorage('/volume/${path}'))
found = connection.get_root().setdefault('sessions', PersistentDict())`,
  fill: 'found.update(all); connection.commit(); connection.get_storage().close()',
  read: 'numbers(found.keys())',
});

/** The application's container, at work on the claim at /volume. */
export const applicationContainer = (script: string) => ({
  image: 'session-store-operator-python:dev',
  command: ['python3', '-c', application + script],
  volumeMounts: [{ name: 'volume', mountPath: '/volume' }],
});

/** Runs a script of the application in a pod that ends; the lines that it prints. */
async function ran(platform: Platform, namespace: Namespace, claim: string, script: string) {
  const output = await finishedPod(platform, namespace, `application-${claim}`, {
    container: applicationContainer(script),
    volumes: [{ name: 'volume', persistentVolumeClaim: { claimName: claim } }],
  });
  return output.trimEnd().split('\n');
}

/** Saves sessions 1 to `total`, of which the first `stale` were last used an hour ago. */
export async function saveSessions(
  platform: Platform,
  namespace: Namespace,
  claim: string,
  { open, fill }: PythonFile,
  { total, stale }: { readonly total: number; readonly stale: number },
): Promise<void> {
  await ran(platform, namespace, claim, `${open}\nall = sessions(${total}, ${stale})\n${fill}`);
}

/** The numbers of the sessions that are left, in order. */
export async function sessionsLeft(
  platform: Platform,
  namespace: Namespace,
  claim: string,
  { open, read }: PythonFile,
): Promise<readonly number[]> {
  // Durus says first how it was built.
  const last = (await ran(platform, namespace, claim, `${open}\n${read}`)).at(-1) ?? '';
  return JSON.parse(last) as number[];
}
