import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/stores/pace.ts';
import type { Felt } from './application.ts';
import type { BenchStore } from './bench-store.ts';
import { say, timed } from './measure.ts';
import { type Turn, turnAt } from './turn.ts';

/** Result of one pair of measurements. */
export interface Pair {
  /** Ours by theirs. */
  readonly ratio: number;
  /** Of the slowest statement, in milliseconds. */
  readonly slowest?: number;
  /** Of `polite`: old sessions deleted a second. */
  readonly rate?: number;
}

const slowestText = (slowest: number | undefined) =>
  slowest === undefined ? '' : `; slowest statement ${Math.round(slowest)} ms`;

/** `pace: full` against the one statement or command that deletes the same. */
export async function compareFull(store: BenchStore): Promise<Pair> {
  await store.fill();
  const ours = await store.clean('full');
  await store.fill();
  const theirs = await timed(() => store.deleteAtOnce());
  const { ms, slowest } = ours;
  const ratio = ms / theirs;
  say(
    `${store.title}: ${Math.round(ms)} ms against ${Math.round(theirs)} ms (${ratio.toFixed(2)})${slowestText(slowest)}`,
  );
  return { ratio, ...(slowest !== undefined && { slowest }) };
}

/**
 * Effect of `pace: polite` on an application: its p99 while clean-up works, divided by its p99 while clean-up is held.
 */
export async function comparePolite(store: BenchStore): Promise<Pair> {
  await store.fill();
  const { result, felt } = await beside(store, () => store.clean('polite'));
  const { ms, slowest } = result;
  const { alone, meanwhile } = felt;
  // It was held for half the time.
  const rate = store.stale / (ms / 2000);
  const ratio = meanwhile.p99 / alone.p99;
  say(
    `${store.title}: p99 ${meanwhile.p99.toFixed(1)} ms of ${meanwhile.requests} requests against ` +
      `${alone.p99.toFixed(1)} ms of ${alone.requests} (${ratio.toFixed(2)}); ` +
      `${Math.round(rate / 1000)}k sessions/s${slowestText(slowest)}`,
  );
  return { ratio, rate, ...(slowest !== undefined && { slowest }) };
}

const until = async (turn: Turn) => {
  while (turnAt(Date.now()) !== turn) await sleep(5);
};

async function beside<T>(store: BenchStore, work: () => Promise<T>) {
  const application = fork(fileURLToPath(new URL('./application.ts', import.meta.url)));
  const exited = once(application, 'exit').then(([code]) => {
    throw new Error(`Expected an answer of the application; it ended with ${code}`);
  });
  exited.catch(() => undefined);
  const answer = async () => (await Promise.race([once(application, 'message'), exited]))[0] as unknown;
  application.send(store.application);
  await answer();
  await sleep(1000);
  await until('meanwhile');
  application.send('begin');
  const result = await inTurns(work);
  application.send('end');
  return { result, felt: (await answer()) as Readonly<Record<Turn, Felt>> };
}

/** Holds clean-up, where it rests, until it is its turn. */
async function inTurns<T>(work: () => Promise<T>): Promise<T> {
  const { sleep: rest } = systemClock;
  const restAndHold: typeof rest = async (ms, signal) => {
    await rest(ms, signal);
    await until('meanwhile');
  };
  Object.assign(systemClock, { sleep: restAndHold });
  try {
    return await work();
  } finally {
    Object.assign(systemClock, { sleep: rest });
  }
}
