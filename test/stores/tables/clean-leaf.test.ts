import { expect, test } from 'vitest';
import { paces } from '../../../src/stores/pace.ts';
import { ProgressMeter } from '../../../src/stores/progress-meter.ts';
import type { CleanupProgress } from '../../../src/stores/session-store.ts';
import { cleanLeaf, type Leaf } from '../../../src/stores/tables/clean-leaf.ts';
import { noCounts } from '../../../src/stores/tables/cleanup-counts.ts';
import { type Step, type Walk, walk } from '../../../src/stores/tables/walk.ts';

const pacing = { pace: paces.full, signal: undefined, isRetryable: () => false };
const sizes = { first: 1, least: 1, most: 1 };

/** A walk over these steps, from the one with this number on. */
const walkOf = (steps: readonly (Omit<Step<number>, 'next'> | 'gone')[], start = 0): Walk<number> => ({
  start,
  sizes,
  take: async (at) => {
    const step = steps[at] ?? 'gone';
    return typeof step === 'string' ? step : { ...step, next: at + 1 < steps.length ? at + 1 : undefined };
  },
});

const seen = (rows: number, overdue = 0) => ({ ...noCounts, rows, overdue });

const unasked = () => Promise.reject(new Error('Expected this not to be asked for'));

/** A leaf that answers only what a test gives. */
const leafOf = (own: Partial<Leaf<number>>): Leaf<number> => ({
  indexed: [true],
  rowEstimate: 100,
  wayBy: async () => 'index',
  deleteByIndex: unasked,
  deleteByScan: unasked,
  countByScan: unasked,
  countStale: async () => noCounts,
  countRows: async () => 7,
  ...own,
});

function runOf(dryRun = false) {
  const reports: CleanupProgress[] = [];
  return { dryRun, isOnly: true, progress: new ProgressMeter((one) => reports.push(one)), reports };
}

test('each rule has its own pass through an index, and the sums are of all', async () => {
  const run = runOf();
  const passes: number[] = [];
  const leaf = leafOf({
    indexed: [true, false, true],
    wayBy: async (pass) => (pass === 1 ? 'none' : 'index'),
    deleteByIndex: (pass, progress) => {
      passes.push(pass);
      return walk(walkOf([{ deleted: 2, undeletable: { Referenced: 3 } }]), pacing, progress);
    },
  });
  expect(await cleanLeaf(leaf, run)).toEqual({
    deleted: 4,
    undeletable: { Referenced: 6 },
    complete: true,
    // Undeletable sessions are overdue, however few the count came to.
    counts: { ...noCounts, rows: 7, overdue: 6 },
  });
  expect(passes).toEqual([0, 2]);
  expect(run.reports.at(-1)).toEqual({ deleted: 4, seen: 10 });
});

test('once a rule has too many rows for its index, a scan deletes the rest and counts the undeletable again', async () => {
  const run = runOf();
  const leaf = leafOf({
    deleteByIndex: (_, progress) =>
      walk(
        { ...walkOf([{ deleted: 5, undeletable: { Refused: 1 } }, 'gone']), isMany: () => true },
        pacing,
        progress,
      ),
    deleteByScan: (progress) =>
      walk(
        walkOf([
          { deleted: 10, undeletable: { Refused: 2 }, left: seen(40, 2) },
          { deleted: 20, undeletable: {}, left: seen(5) },
        ]),
        pacing,
        progress,
      ),
  });
  expect(await cleanLeaf(leaf, run)).toEqual({
    deleted: 35,
    undeletable: { Refused: 2 },
    complete: true,
    counts: seen(45, 2),
  });
  expect(run.reports[2]).toEqual({ deleted: 15, seen: 56, of: 101 });
});

test('a stopped scan counts the rest, and estimates where that takes too long', async () => {
  const stopped = { ...pacing, signal: AbortSignal.abort() };
  const from: (number | undefined)[] = [];
  const leaf = (restSignal: AbortSignal) =>
    leafOf({
      indexed: [false],
      wayBy: async () => 'scan',
      deleteByScan: (progress) => walk(walkOf([], 3), stopped, progress),
      countByScan: (progress, at, hurried) => {
        from.push(at);
        expect(hurried?.pace).toBe(paces.full);
        const steps = [1, 2, 3].map(() => ({ deleted: 0, undeletable: {}, left: seen(1, 1) }));
        return walk(walkOf([...steps, ...steps], at), { ...pacing, signal: restSignal }, progress);
      },
    });
  const counted = await cleanLeaf(leaf(new AbortController().signal), runOf());
  expect(counted).toMatchObject({ complete: false, counts: seen(3, 3) });
  const hurried = await cleanLeaf(leaf(AbortSignal.abort()), runOf());
  expect(hurried.counts).toEqual({ ...seen(100), overdueAtLeast: true, rowsAreEstimate: true });
  expect(from).toEqual([3, 3]);
});

test('a run that stopped before a rule without an index may have left more', async () => {
  const leaf = leafOf({
    indexed: [true, false],
    deleteByIndex: (_, progress) => walk(walkOf([]), { ...pacing, signal: AbortSignal.abort() }, progress),
    countRows: async () => undefined,
  });
  expect(await cleanLeaf(leaf, runOf())).toMatchObject({
    complete: false,
    counts: { rows: 100, rowsAreEstimate: true, overdueAtLeast: true },
  });
});

test('a leaf that is gone has no rows, and one that was rewritten an unknown number', async () => {
  const gone = leafOf({ deleteByIndex: (_, progress) => walk(walkOf(['gone']), pacing, progress) });
  expect(await cleanLeaf(gone, runOf())).toMatchObject({ complete: true, end: 'gone', counts: { rows: 0 } });
  const rewritten = leafOf({ wayBy: async () => 'rewritten' });
  expect(await cleanLeaf(rewritten, runOf())).toMatchObject({
    complete: false,
    end: 'rewritten',
    counts: { rows: undefined, overdueAtLeast: true },
  });
});

test('a dry run only counts', async () => {
  const leaf = leafOf({
    wayBy: unasked,
    countByScan: (progress) =>
      walk(walkOf([{ deleted: 0, undeletable: {}, left: seen(9, 4) }]), pacing, progress),
  });
  expect(await cleanLeaf(leaf, runOf(true))).toMatchObject({
    deleted: 0,
    counts: seen(9, 4),
    complete: true,
  });
});

test('a step that has to be repeated in another way counts nothing', async () => {
  let tries = 0;
  const own: Walk<number> = {
    start: 0,
    sizes,
    take: async () => (++tries < 3 ? undefined : { deleted: 1, undeletable: {}, next: undefined }),
  };
  expect(await walk(own, pacing, runOf().progress)).toMatchObject({ deleted: 1, outcome: 'all' });
});
