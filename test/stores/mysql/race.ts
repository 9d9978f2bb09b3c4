import { setTimeout as sleep } from 'node:timers/promises';
import type { RowDataPacket } from 'mysql2';
import type { MysqlConnection, Value } from '../../../src/stores/mysql/connection.ts';
import type { TestMysql } from '../../servers/mysql.ts';
import { fill, type Shop } from './fixture.ts';

/** Rows that the cleaner is about to lock, or has just passed by, that the writers refresh under its hands. */
const victims = 60;
const writerCount = 4;

/** A session that is older than all others, and comes before them in order of the id; no writer touches it. */
export const oldest = 'stale-1';

export interface Score {
  /** Refreshed by a transaction that was open when the cleaner chose, and that committed afterwards. */
  readonly between: number;
  /** Refreshed while it ran: before or after it chose. */
  readonly racing: number;
  /** Refreshed and gone. */
  readonly lost: number;
  /** How often the cleaner was seen waiting for a writer. */
  readonly waits: number;
}

export interface Racer {
  readonly rows: number;
  readonly seconds: number;
  /** Whether a statement is the one that chooses what to delete. */
  readonly chooses: (text: string) => boolean;
  /** SQL that gives `id`s of what a statement with these values will choose from, and its values. */
  readonly aim: (values: readonly Value[]) => readonly [text: string, values: readonly Value[]];
  /** Deletes what is stale, every statement through `wrap`. */
  readonly clean: (wrap: (connection: MysqlConnection) => MysqlConnection) => Promise<unknown>;
}

/**
 * Lets a cleaner and writers go over the same rows, lap after lap: before the statement that chooses what to delete, the
 * writers save again, as session3 does, some of what it is about to choose; it is sent, sees them as they were; then they
 * commit. One writer in four commits at any moment.
 */
export async function race(server: TestMysql, shop: Shop, racer: Racer): Promise<Score> {
  const connect = () => server.client({ database: shop.database });
  const writers = await Promise.all(Array.from({ length: writerCount }, connect));
  const observer = await connect();
  for (const client of [...writers, observer]) {
    await client.query(`SET time_zone = '+00:00'; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED`);
  }
  const refreshed = new Set<string>();
  let [between, racing, lost, waits] = [0, 0, 0, 0];

  const refresh = async (values: readonly Value[]): Promise<readonly number[]> => {
    const [chosen, inIt] = racer.aim(values);
    const [rows] = await observer.execute<RowDataPacket[]>(
      `SELECT id FROM (${chosen}) AS next WHERE id <> '${oldest}' ORDER BY RAND() LIMIT ${victims}`,
      [...inIt],
    );
    const ids = rows.map((row) => String(row['id']));
    const share = Math.ceil(ids.length / writerCount);
    return Promise.all(
      writers.map(async (writer, n) => {
        const own = ids.slice(n * share, (n + 1) * share);
        await writer.query('BEGIN');
        if (own.length > 0) {
          await writer.query('REPLACE INTO sessions (id, pickle) VALUES ?', [own.map((id) => [id, 'again'])]);
        }
        for (const id of own) refreshed.add(id);
        return own.length;
      }),
    );
  };
  const isWaiting = async (): Promise<boolean> => {
    const [[row]] = await observer.query<RowDataPacket[]>(
      `SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'`,
    );
    return Number(row?.['Value']) > 0;
  };
  /** Sends the statement under the writers' hands: they commit once it waits for them, or has gone round. */
  const amid = async <T>(values: readonly Value[], send: () => Promise<T>): Promise<T> => {
    const [early = 0, ...late] = await refresh(values);
    const [first, ...others] = writers;
    let ended = false;
    const end = () => {
      ended = true;
    };
    const sent = send();
    const over = sent.then(end, end);
    const impatient = sleep(Math.random() * 4).then(() => first?.query('COMMIT'));
    while (!ended && !(await isWaiting()));
    if (!ended) waits += 1;
    await Promise.all(others.map((writer) => writer.query('COMMIT')));
    await Promise.all([impatient, over]);
    racing += early;
    between += late.reduce((x, y) => x + y, 0);
    return sent;
  };
  const wrap = (connection: MysqlConnection): MysqlConnection => {
    const query = connection.query.bind(connection);
    const change = connection.change.bind(connection);
    const isIt = (text: string) => racer.chooses(text);
    return Object.assign(connection, {
      query: (text: string, values?: readonly Value[]) =>
        isIt(text) ? amid(values ?? [], () => query(text, values)) : query(text, values),
      change: (text: string, values?: readonly Value[]) =>
        isIt(text) ? amid(values ?? [], () => change(text, values)) : change(text, values),
    });
  };

  const until = performance.now() + racer.seconds * 1000;
  do {
    refreshed.clear();
    await shop.sql(
      `TRUNCATE sessions; ${fill(racer.rows, 0)} UPDATE sessions SET modify_time = NOW() - INTERVAL 3 DAY WHERE id = '${oldest}'`,
    );
    await racer.clean(wrap);
    const rows = await shop.sql<{ id: string }>('SELECT id FROM sessions');
    const there = new Set(rows.map(({ id }) => id));
    lost += [...refreshed].filter((id) => !there.has(id)).length;
  } while (performance.now() < until);
  await Promise.all([...writers, observer].map((client) => client.end()));
  return { between, racing, lost, waits };
}
