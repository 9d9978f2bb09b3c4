/**
 * Minimum cost of deleting in slices in MySQL and MariaDB: ranges of the primary key, 65,536 rows to a COMMIT,
 * without a proof or a count. Rounds of three alternate: these slices, clean-up at full pace, and one unbounded DELETE of
 * the same sessions. The slices cost more than that DELETE because they do not block an application; clean-up itself
 * causes the difference to the slices.
 *
 *   node bench/mysql-by-hand.ts mysql|mariadb [--rounds 3] [--sessions 1000000] [--only with|without] [--hold-purge]
 *     [--slice 16384] [--io-capacity N]
 *
 * `--slice` is the rows of a statement. `--io-capacity` is innodb_io_capacity, the pages that MySQL may write at once each
 * second while statements wait: 10,000 by default since MySQL 8.4, 200 before.
 *
 * The server purges deleted rows once their transaction has committed: of slices while they go on, of one DELETE after
 * it. With --hold-purge a transaction that stays open keeps the server from purging in either case.
 */
import { parseArgs } from 'node:util';
import { type Connection, createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise';
import type { ApplicationOptions } from './application.ts';
import { expectDeleted } from './bench-store.ts';
import { median, numberOf, say, timed } from './measure.ts';
import { mysqlBench } from './mysql.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    sessions: { type: 'string', default: '1000000' },
    only: { type: 'string' },
    'hold-purge': { type: 'boolean', default: false },
    slice: { type: 'string', default: '16384' },
    'io-capacity': { type: 'string' },
  },
});
const [flavour = ''] = positionals;
if (flavour !== 'mysql' && flavour !== 'mariadb') throw new Error('Expected mysql or mariadb');
const sessions = numberOf(values.sessions);

const sliceSize = numberOf(values.slice);
const slicesPerCommit = Math.ceil(65_536 / sliceSize);
const stale = 'modify_time < UTC_TIMESTAMP() - INTERVAL 1 DAY';

class Slices {
  readonly #client: Connection;
  #from = '';
  isOver = false;
  deleted = 0;
  /** Milliseconds, by kind of statement. */
  readonly spent = { walk: 0, delete: 0, commit: 0 };
  /** Milliseconds of the slowest statement. */
  slowest = 0;

  constructor(client: Connection) {
    this.#client = client;
  }

  async #spend(kind: keyof Slices['spent'], work: () => Promise<unknown>): Promise<void> {
    const ms = await timed(work);
    this.spent[kind] += ms;
    this.slowest = Math.max(this.slowest, ms);
  }

  async next(): Promise<void> {
    let last: string | undefined;
    await this.#spend('walk', async () => {
      const [[row]] = await this.#client.execute<RowDataPacket[]>(
        `SELECT id FROM sessions FORCE INDEX (PRIMARY) WHERE id > ? ORDER BY id LIMIT 1 OFFSET ${sliceSize - 1}`,
        [this.#from],
      );
      last = row?.['id'];
    });
    const upTo = last === undefined ? '' : 'AND s.id <= ?';
    const bounds = last === undefined ? [this.#from] : [this.#from, last];
    await this.#spend('delete', async () => {
      const [{ affectedRows }] = await this.#client.execute<ResultSetHeader>(
        `DELETE s FROM sessions AS s FORCE INDEX (PRIMARY) WHERE ${stale} AND s.id > ? ${upTo}`,
        bounds,
      );
      this.deleted += affectedRows;
    });
    this.#from = last ?? this.#from;
    this.isOver = last === undefined;
  }

  async commit(): Promise<void> {
    await this.#spend('commit', () => this.#client.query('COMMIT'));
  }
}

function connect(address: ApplicationOptions): Promise<Connection> {
  if (address.kind !== 'mysql') throw new Error('Expected the address of a MySQL server');
  const { host, port, user, password, database } = address;
  return createConnection({ host, port, user, password, database });
}

async function holdingPurge<T>(address: ApplicationOptions, work: () => Promise<T>): Promise<T> {
  if (!values['hold-purge']) return work();
  const holder = await connect(address);
  await holder.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
  try {
    return await work();
  } finally {
    await holder.end();
  }
}

async function setIoCapacity(address: ApplicationOptions, pages: number): Promise<void> {
  const client = await connect(address);
  await client.query(`SET GLOBAL innodb_io_capacity_max = ${2 * pages}`);
  await client.query(`SET GLOBAL innodb_io_capacity = ${pages}`);
  await client.end();
}

async function bySlices(address: ApplicationOptions): Promise<Slices> {
  const client = await connect(address);
  await client.query(`SET time_zone = '+00:00', autocommit = OFF`);
  await client.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
  const slices = new Slices(client);
  while (!slices.isOver) {
    for (let n = 0; n < slicesPerCommit && !slices.isOver; n += 1) await slices.next();
    await slices.commit();
  }
  await client.end();
  return slices;
}

for (const index of [false, true].filter((index) => values.only !== (index ? 'without' : 'with'))) {
  await using store = await mysqlBench(flavour, { sessions, index });
  const pages = values['io-capacity'];
  if (pages !== undefined) await setIoCapacity(store.application, numberOf(pages));
  const ratios: { readonly byHand: number; readonly full: number }[] = [];
  for (let round = 0; round < numberOf(values.rounds); round += 1) {
    await store.fill();
    let parts = '';
    const byHand = await holdingPurge(store.application, () =>
      timed(async () => {
        const slices = await bySlices(store.application);
        expectDeleted(slices, store.stale);
        parts = Object.entries(slices.spent)
          .map(([kind, ms]) => `${kind} ${Math.round(ms)}`)
          .concat(`slowest statement ${Math.round(slices.slowest)}`)
          .join(', ');
      }),
    );
    await store.fill();
    const cleaned = await holdingPurge(store.application, () => store.clean('full'));
    const { ms: full, slowest = Number.NaN } = cleaned;
    await store.fill();
    const once = await timed(() => store.deleteAtOnce());
    ratios.push({ byHand: byHand / once, full: full / once });
    say(
      `${store.title}: by hand ${Math.round(byHand)} ms (${parts}), full ${Math.round(full)} ms ` +
        `(slowest statement ${Math.round(slowest)}), one DELETE ${Math.round(once)} ms`,
    );
  }
  const medianOf = (kind: 'byHand' | 'full') => median(ratios.map((ratio) => ratio[kind])).toFixed(2);
  say(`${store.title}: median ratios by hand ${medianOf('byHand')}, full ${medianOf('full')}`);
}
