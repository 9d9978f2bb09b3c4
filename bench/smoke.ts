/**
 * Two minutes of comparisons, too short for exact figures and long enough to see that something has become twice as slow:
 * `pace: full` against the one statement or command that deletes the same, three alternating pairs a store. Prints a
 * table of medians, writes it as JSON where `--json` names a file, and fails where a ratio is over its bound.
 *
 *   node bench/smoke.ts [--json FILE]
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { BenchStore } from './bench-store.ts';
import { compareFull, type Pair } from './compare.ts';
import { directoryBench } from './directory.ts';
import { median, say } from './measure.ts';
import { mysqlBench } from './mysql.ts';
import { postgresBench } from './postgres.ts';

const pairs = 3;

interface Comparison {
  readonly make: () => Promise<BenchStore>;
  /** Twice the ratio of a long measurement, which docs/performance.md has. */
  readonly bound: number;
}

const tables = (sessions: number, make: typeof postgresBench, bound: number): readonly Comparison[] =>
  [false, true].map((index) => ({ make: () => make({ sessions, index }), bound }));

const comparisons: readonly Comparison[] = [
  ...tables(300_000, postgresBench, 2.2),
  ...tables(100_000, (options) => mysqlBench('mysql', options), 4),
  ...tables(100_000, (options) => mysqlBench('mariadb', options), 4),
  // With so few files, half of a run is the second that a file waits in quarantine, which does not double.
  { make: () => directoryBench({ sessions: 20_000 }), bound: 2 },
];

interface Row {
  readonly store: string;
  readonly ratio: number;
  readonly ratios: readonly number[];
  readonly bound: number;
  readonly slowestStatementMs?: number;
}

async function compare({ make, bound }: Comparison): Promise<Row> {
  await using store = await make();
  const done: Pair[] = [];
  while (done.length < pairs) done.push(await compareFull(store));
  const ratios = done.map(({ ratio }) => ratio);
  const slowest = done.flatMap(({ slowest }) => slowest ?? []);
  return {
    store: store.title,
    ratio: median(ratios),
    ratios,
    bound,
    ...(slowest.length > 0 && { slowestStatementMs: Math.max(...slowest) }),
  };
}

const lineOf = ({ store, ratio, bound, slowestStatementMs: slowest }: Row): string =>
  [
    store.padEnd(28),
    ratio.toFixed(2).padStart(6),
    bound.toFixed(2).padStart(6),
    (slowest === undefined ? '' : `${Math.round(slowest)} ms`).padStart(18),
  ].join(' ');

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const rows: Row[] = [];
for (const comparison of comparisons) rows.push(await compare(comparison));

say(
  `\n${'pace: full'.padEnd(28)} ${'ratio'.padStart(6)} ${'bound'.padStart(6)} ${'slowest statement'.padStart(18)}`,
);
for (const row of rows) say(lineOf(row));
if (values.json !== undefined) {
  await mkdir(dirname(values.json), { recursive: true });
  await writeFile(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
}
const slow = rows.filter(({ ratio, bound }) => ratio > bound);
for (const { store, ratio, bound } of slow)
  say(
    `Expected a ratio of ${bound} at most for ${store}, found ${ratio.toFixed(2)}: something has become slow.`,
  );
if (slow.length > 0) process.exitCode = 1;
