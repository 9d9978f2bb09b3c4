import type { CleanupReport } from '../../api/runner-result.ts';
import { type UndeletableCause, undeletableCauses } from '../../api/undeletable-causes.ts';

/** Undeletable stale sessions, by cause. */
export type Undeletable = { readonly [Cause in UndeletableCause]?: number };

/** In the API's order of causes. */
const entriesOf = (counts: Undeletable): readonly (readonly [UndeletableCause, number])[] =>
  undeletableCauses.flatMap((cause) => {
    const count = counts[cause];
    return count === undefined ? [] : [[cause, count] as const];
  });

/** The sum of two parts of a run. */
export function plus(a: Undeletable, b: Undeletable): Undeletable {
  return Object.fromEntries([
    ...entriesOf(a),
    ...entriesOf(b).map(([cause, count]) => [cause, count + (a[cause] ?? 0)]),
  ]);
}

export const totalOf = (counts: Undeletable): number =>
  entriesOf(counts).reduce((total, [, count]) => total + count, 0);

/** The counts in the form of a report; empty if all sessions could be deleted. */
export function undeletableIn(counts: Undeletable): Pick<CleanupReport, 'undeletable'> {
  const met = entriesOf(counts).filter(([, count]) => count > 0);
  return met.length === 0 ? {} : { undeletable: met.map(([cause, count]) => ({ cause, count })) };
}
