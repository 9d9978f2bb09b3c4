/** A clean-up in a process of its own, as a Job's is: answers with its time, slowest statement and peak memory. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Connection } from 'mysql2/promise';
import pg from 'pg';
import { makers } from '../test/stores/conformance/makers.ts';
import { peakBytes } from '../test/stores/conformance/peak-bytes.ts';
import { slowestStatement } from './measure.ts';

type Kind = keyof typeof makers;

export interface Order {
  readonly kind: Kind;
  /** Of the library's class. */
  readonly options: object;
  readonly pace: 'full' | 'polite';
  readonly ageSeconds: number;
}

export interface Answer {
  readonly deleted: number;
  readonly ms: number;
  /** Milliseconds; zero where there are no statements. */
  readonly slowest: number;
  /** The most memory that the process had, and its Python process where it has one. */
  readonly peakBytes: number;
}

const drivers: Partial<Record<Kind, readonly [typeof pg.Client | typeof Connection, readonly string[]]>> = {
  postgres: [pg.Client, ['query']],
  mysql: [Connection, ['query', 'execute']],
};

/** With its child processes. */
async function peakOfAll(): Promise<number> {
  const { pid } = process;
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter(Boolean);
  const peaks = await Promise.all([pid, ...children].map((each) => peakBytes(each)));
  return peaks.reduce((sum, bytes) => sum + bytes, 0);
}

async function clean({ kind, options, pace, ageSeconds }: Order): Promise<Answer> {
  await using store = makers[kind](options);
  const [driver, methods] = drivers[kind] ?? [Object, []];
  let [deleted, ms] = [0, 0];
  const slowest = await slowestStatement(driver, methods, async () => {
    const started = performance.now();
    ({ deleted } = await store.deleteOldSessions({ ageSeconds, pace }));
    ms = performance.now() - started;
  });
  return { deleted, ms, slowest, peakBytes: await peakOfAll() };
}

const [order] = (await once(process, 'message')) as [Order];
const answer = await clean(order);
process.send?.(answer, () => process.disconnect());
