import type { Leaf } from '../tables/clean-leaf.ts';
import { walk } from '../tables/walk.ts';
import type { CleanupRun } from './cleanup-run.ts';
import { countRows, countStale, findStale } from './count.ts';
import { indexWalk } from './delete-by-index.ts';
import { heapWalk } from './delete-by-scan.ts';
import { isIndexed, type LeafPartition } from './leaf-partition.ts';

/** A leaf partition as a run goes over it: through an index, or along the pages of its heap. */
export function heapLeaf(leaf: LeafPartition, run: CleanupRun): Leaf<number> {
  const indexed = run.test.rules.map((rule) => isIndexed(leaf, rule));
  return {
    indexed,
    // Statistics count rows that are not sessions, too.
    rowEstimate: run.test.session === undefined ? leaf.rowEstimate : undefined,
    wayBy: async (pass) => {
      if (indexed[pass]) return 'index';
      return pass === 0 ? 'scan' : findStale(leaf, run, pass);
    },
    deleteByIndex: (pass, progress) => walk(indexWalk(leaf, run, pass), run, progress),
    deleteByScan: (progress) => walk(heapWalk(leaf, run, { deletes: true }), run, progress),
    countByScan: (progress, from, pacing) =>
      walk(heapWalk(leaf, run, { deletes: false, start: from }), { ...run, ...pacing }, progress),
    countStale: () => countStale(leaf, run),
    countRows: () => countRows(leaf, run),
  };
}
