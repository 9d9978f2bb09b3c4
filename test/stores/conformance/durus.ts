import { DurusSessionStore } from '../../../src/stores/durus/store.ts';
import { pythonPlace } from './python.ts';
import { makerOf, type Subject } from './subject.ts';

const unmarked = `
from durus.connection import Connection
from durus.file_storage import FileStorage
from durus.persistent_dict import PersistentDict
connection = Connection(FileStorage(path))
connection.get_root()["sessions"] = PersistentDict()
connection.commit()`;
const filled = `
from pathlib import Path
from sessionstore.durus.file import StorageFile
from sessionstore.durus.store import DurusStore
store = DurusStore(StorageFile(Path(path)), Path(path).parent)
for number in range(int(sys.argv[2])):
    store.save(f"filled-{number}", b"x" * int(sys.argv[3]))
store.close()`;

/** No server; each place is a file that one process has open. */
export const durusSubject = async (form: 'Session3' | 'Safe'): Promise<Subject> => ({
  makePlace: () =>
    pythonPlace({
      form,
      isMultiprocessSafe: false,
      make: makerOf(DurusSessionStore),
      unmarked,
      filled,
    }),
  [Symbol.asyncDispose]: async () => undefined,
});
