import type { CleanupOptions } from './session-store.ts';

/** Adds up the steps of a clean-up and reports the sums after each, and once before the first. */
export class ProgressMeter {
  readonly #report: CleanupOptions['onProgress'];
  #deleted = 0;
  #seen = 0;
  #of: number | undefined;

  /** `of`: an estimate of the sessions that the clean-up will look at, if that is known at its start. */
  constructor(report: CleanupOptions['onProgress'], of?: number) {
    this.#report = report;
    this.#of = of;
    this.add(0, 0);
  }

  add(deleted: number, seen: number): void {
    this.#deleted += deleted;
    this.#seen += seen;
    const sums = { deleted: this.#deleted, seen: this.#seen };
    // An estimate that proved too low says nothing.
    this.#report?.(this.#of && this.#of >= sums.seen ? { ...sums, of: this.#of } : sums);
  }

  /** Sets the estimate of the sessions that are still to be looked at. */
  expect(rest: number | undefined): void {
    this.#of = rest === undefined ? undefined : this.#seen + Math.max(0, rest);
  }
}
