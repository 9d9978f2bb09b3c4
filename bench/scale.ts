/**
 * One clean-up at scale, 95 of 100 sessions old, in a process of its own at `pace: full`: its time, rate, slowest
 * statement and peak memory, the store's size before and after, and how much log the server wrote.
 *
 *   node bench/scale.ts postgres|mysql|mariadb|directory|shelve|shelve-safe|durus|durus-safe
 *     [--sessions 10000000] [--index] [--polite]
 *
 * Ten million sessions take some 15 GB and 10 minutes. BENCH_FOLDER names a folder on the disk to be measured with files.
 */
import { parseArgs } from 'node:util';
import { cleanApart } from './cleaner-process.ts';
import { numberOf, say } from './measure.ts';
import { scaleStores } from './scale-stores.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    sessions: { type: 'string', default: '10000000' },
    index: { type: 'boolean', default: false },
    polite: { type: 'boolean', default: false },
  },
});
const [name = ''] = positionals;
const make = scaleStores[name];
if (!make)
  throw new Error(`Expected one of ${Object.keys(scaleStores).join(', ')}; found ${name || 'nothing'}`);

const sessions = numberOf(values.sessions);
const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

await using store = await make({ sessions, index: values.index });
const [sizeBefore, logBefore] = [await store.size(), await store.log()];
say(`${name}: ${sessions} sessions, ${megabytes(sizeBefore)}`);
const { deleted, ms, slowest, peakBytes } = await cleanApart({
  ...store.reached,
  pace: values.polite ? 'polite' : 'full',
  ageSeconds: 3600 * 18,
});
const log = (await store.log()) - logBefore;
say(`deleted ${deleted} in ${Math.round(ms / 1000)} s: ${Math.round(deleted / ms)}k a second`);
if (slowest > 0) say(`slowest statement ${Math.round(slowest)} ms; log written ${megabytes(log)}`);
say(`peak memory of the run ${megabytes(peakBytes)}; size ${megabytes(await store.size())} afterwards`);
