import type { CleanupReport } from '../../runner/result.ts';
import type { Settled } from './quarantine.ts';

/** Counts what a clean-up saw and did. */
export class Tally {
  readonly #dryRun: boolean;
  #live = 0;
  #stale = 0;
  #oldest = Number.POSITIVE_INFINITY;
  #deleted = 0;
  #waiting = 0;
  #complete = true;

  constructor(dryRun: boolean) {
    this.#dryRun = dryRun;
  }

  sawLive(): void {
    this.#live++;
  }

  sawStale(mtimeMs: number): void {
    this.#stale++;
    this.#oldest = Math.min(this.#oldest, mtimeMs);
  }

  settled(settled: Settled): void {
    this.#deleted += settled.deleted;
    this.#live += settled.putBack;
  }

  /** Files that a stopped run leaves in quarantine for the next one. */
  leftWaiting(count: number): void {
    this.#waiting += count;
  }

  stopped(): void {
    this.#complete = false;
  }

  report(): CleanupReport {
    const overdue = this.#dryRun ? this.#stale : this.#waiting;
    return {
      deleted: this.#deleted,
      overdue,
      ...(!this.#complete && { overdueAtLeast: true }),
      ...(this.#complete && { remaining: this.#live + overdue }),
      ...(overdue > 0 && { oldestStale: new Date(this.#oldest).toISOString() }),
      complete: this.#complete,
      dryRun: this.#dryRun,
      notes: [],
    };
  }
}
