import type { Leaf } from '../tables/clean-leaf.ts';
import { walk } from '../tables/walk.ts';
import type { CleanupRun } from './cleanup-run.ts';
import { countRows, countStale, wayBy, withRowsNow } from './count.ts';
import { indexWalk } from './delete-by-index.ts';
import { type KeyPosition, keyWalk } from './delete-by-scan.ts';
import type { IndexedRule } from './statements.ts';

/** The table as a run goes over it: through an index, or in slices of its key. */
export function keyLeaf(run: CleanupRun): Leaf<KeyPosition> {
  const { rules, test, rowEstimate } = run.table;
  const ruleOf = (pass: number) => rules[pass] as IndexedRule;
  return {
    indexed: rules.map(({ index }) => index !== undefined),
    // Statistics count rows that are not sessions, too.
    rowEstimate: test.session === undefined ? rowEstimate : undefined,
    wayBy: (pass) => wayBy(run, ruleOf(pass)),
    deleteByIndex: (pass, progress) => walk(indexWalk(run, ruleOf(pass)), run, progress),
    deleteByScan: (progress) => walk(keyWalk(run, { deletes: true }), scanPacing(run), progress),
    countByScan: (progress, from, pacing) =>
      walk(keyWalk(run, { deletes: false, start: from }), scanPacing({ ...run, ...pacing }), progress),
    countStale: () => countStale(run),
    countRows: () => countRows(run),
    settled: (counts) => withRowsNow(run, counts),
  };
}

/** A step of a scan has several statements. */
const scanPacing = ({ pace, slicesPerStep, ...run }: CleanupRun) => ({
  ...run,
  pace: { ...pace, targetMs: pace.targetMs * slicesPerStep },
});
