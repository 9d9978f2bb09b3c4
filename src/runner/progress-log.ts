import type { Progress } from '../api/progress.ts';
import type { CleanupProgress } from '../stores/session-store.ts';

const intervalMs = 2000;

/**
 * Writes the first progress that it is given, and then at most one in two seconds. It uses no timer: a timer would keep
 * the process alive, and would show only the same figures again.
 */
export function progressLog(
  write: (progress: Progress) => void,
  now: () => number = () => performance.now(),
): (progress: CleanupProgress) => void {
  let started: number | undefined;
  let due = Number.NEGATIVE_INFINITY;
  return ({ deleted, seen, of }) => {
    const at = now();
    if (at < due) return;
    started ??= at;
    due = at + intervalMs;
    write({ deleted, seen, rate: rateOf(seen, at - started), ...(of !== undefined && { of }) });
  };
}

/** Per second, with one decimal place. */
const rateOf = (count: number, ms: number): number => (ms > 0 ? Math.round((count * 10_000) / ms) / 10 : 0);
