/**
 * Cleaning nine of ten sessions from a store: `full` compares the time of `pace: full` with that of the one statement or
 * command that deletes the same; `polite` compares what an application waits while `pace: polite` works with what it
 * waits else. Prints each pair's ratio and their median.
 *
 *   node bench/cleanup.ts postgres|mysql|mariadb|directory full|polite [--pairs 5] [--sessions 1000000] [--cold]
 *
 * BENCH_FOLDER names a folder on the disk to be measured. `--cold` empties the kernel's caches before each measurement
 * of a directory, as root.
 */
import { parseArgs } from 'node:util';
import type { BenchStore, BenchStoreOptions } from './bench-store.ts';
import { compareFull, comparePolite, type Pair } from './compare.ts';
import { directoryBench } from './directory.ts';
import { median, numberOf, say } from './measure.ts';
import { mysqlBench } from './mysql.ts';
import { postgresBench } from './postgres.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: 'string', default: '5' },
    sessions: { type: 'string' },
    cold: { type: 'boolean', default: false },
  },
});
const [name = '', pace = 'full'] = positionals;
const caches = values.cold ? 'cold' : 'warm';

const makers: Readonly<Record<string, (options: BenchStoreOptions) => Promise<BenchStore>>> = {
  postgres: postgresBench,
  mysql: (options) => mysqlBench('mysql', options),
  mariadb: (options) => mysqlBench('mariadb', options),
  directory: (options) => directoryBench(options, caches),
};
const make = makers[name];
if (!make) throw new Error(`Expected one of ${Object.keys(makers).join(', ')}; found ${name || 'nothing'}`);

const sessions = numberOf(values.sessions ?? (name === 'directory' ? '300000' : '1000000'));
for (const index of name === 'directory' ? [false] : [false, true]) {
  await using store = await make({ sessions, index });
  const pairs: Pair[] = [];
  for (let pair = 0; pair < numberOf(values.pairs); pair++)
    pairs.push(await (pace === 'polite' ? comparePolite(store) : compareFull(store)));
  say(`${store.title}, ${pace}: median ratio ${median(pairs.map(({ ratio }) => ratio)).toFixed(2)}`);
}
