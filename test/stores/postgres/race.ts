import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresConnection } from '../../../src/stores/postgres/connection.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { isDelete, wrapped } from './cleanup-fixture.ts';
import type { Shop } from './fixture.ts';

/** Rows that one statement of the cleaner's is about to delete and that the writers refresh under its hands. */
const victims = 100;
const writerCount = 4;

export interface Score {
  /** Refreshed by a transaction that committed after the cleaner's statement had chosen what to delete. */
  readonly between: number;
  /** Refreshed while the statement ran: before or after it chose. */
  readonly racing: number;
  /** Refreshed and gone. */
  readonly lost: number;
  /** How often the cleaner was seen waiting for a writer. */
  readonly waits: number;
}

export interface Racer {
  /** Stale sessions that each lap begins with. */
  readonly rows: number;
  readonly seconds: number;
  /** It goes on until so many were refreshed between, however long that takes. */
  readonly enough: number;
  /** Deletes what is stale, every statement through `wrap`. */
  readonly clean: (wrap: (connection: PostgresConnection) => PostgresConnection) => Promise<unknown>;
  /** SQL that gives `id`s of what a statement with these values will choose. */
  readonly aim: string;
}

/** Eight rows a page, all of them two days old and up. */
const refill = (rows: number): string => `
  TRUNCATE sessions;
  INSERT INTO sessions SELECT 'stale-' || n, decode(repeat(md5(n::text), 60), 'hex'), now() - interval '2 days' - random() * interval '1 hour'
    FROM generate_series(1, ${rows}) n ORDER BY random()`;

/**
 * Lets a cleaner and writers go over the same rows in lockstep, lap after lap: before each DELETE the writers update
 * rows that it is about to choose; it is sent, sees them as they were; then the writers commit. One writer in four
 * commits at any moment.
 */
export async function race(postgres: TestPostgres, shop: Shop, racer: Racer): Promise<Score> {
  const connect = () => postgres.client({ database: shop.database });
  const writers = await Promise.all(Array.from({ length: writerCount }, connect));
  const observer = await postgres.client({ database: shop.database });
  const refreshed: string[] = [];
  let [between, racing, lost, waits] = [0, 0, 0, 0];

  const isWaiting = async (): Promise<boolean> => {
    const { rowCount } = await observer.query(`SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'session-store-operator' AND wait_event_type = 'Lock'`);
    return rowCount !== 0;
  };
  const refresh = async (values: readonly unknown[]): Promise<number[]> => {
    const { rows } = await observer.query<{ id: string }>(racer.aim, [...values]);
    const share = Math.ceil(rows.length / writerCount);
    return Promise.all(
      writers.map(async (writer, n) => {
        const ids = rows.slice(n * share, (n + 1) * share).map(({ id }) => id);
        await writer.query('BEGIN');
        await writer.query('UPDATE sessions SET modify_time = now() WHERE id = ANY ($1)', [ids]);
        refreshed.push(...ids);
        return ids.length;
      }),
    );
  };
  const wrap = (connection: PostgresConnection) =>
    wrapped(connection, async (text, send, values) => {
      if (!isDelete(text)) return send();
      const [early = 0, ...late] = await refresh(values);
      const [first, ...others] = writers;
      const sent = send();
      let ended = false;
      const end = sent.then(
        () => {
          ended = true;
        },
        () => {
          ended = true;
        },
      );
      const impatient = sleep(Math.random() * 4).then(() => first?.query('COMMIT'));
      while (!ended && !(await isWaiting()));
      if (!ended) waits += 1;
      await Promise.all(others.map((writer) => writer.query('COMMIT')));
      await Promise.all([impatient, end]);
      racing += early;
      between += late.reduce((a, b) => a + b, 0);
      return sent;
    });

  const until = performance.now() + racer.seconds * 1000;
  do {
    refreshed.length = 0;
    await shop.sql(refill(racer.rows));
    await racer.clean(wrap);
    const { rows } = await observer.query<{ lost: number }>(
      `SELECT count(*)::int AS lost FROM unnest($1::text[]) AS refreshed (id)
        WHERE NOT EXISTS (SELECT FROM sessions WHERE sessions.id = refreshed.id)`,
      [refreshed],
    );
    lost += rows[0]?.lost ?? 0;
  } while (performance.now() < until || between < racer.enough);
  await Promise.all([...writers, observer].map((client) => client.end()));
  return { between, racing, lost, waits };
}

/** Picks some of what a query gives. */
export const someOf = (query: string): string =>
  `SELECT id FROM (${query}) AS chosen ORDER BY random() LIMIT ${victims}`;
