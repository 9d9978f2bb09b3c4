import { type Output, widthOf } from '../terminal.ts';

/** In a pipe, each line comes at most this often. */
const plainIntervalMs = 10_000;

/** A line of a live display; its key stays while its text changes. */
export interface LiveLine {
  readonly key: string;
  readonly text: string;
}

/**
 * Lines that change. On a terminal they are redrawn in place, and text for the scrollback goes above them; in a pipe a
 * line is written again when its text has changed, at most every ten seconds.
 */
export class LiveLines {
  readonly #output: Output;
  readonly #now: () => number;
  readonly #written = new Map<string, { readonly text: string; readonly at: number }>();
  #drawn = 0;

  constructor(output: Output, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#now = now;
  }

  /** The columns that a line may have; the last one stays free, because some terminals wrap a full line. */
  get width(): number | undefined {
    const width = widthOf(this.#output);
    return width === undefined ? undefined : Math.max(width - 1, 1);
  }

  draw(lines: readonly LiveLine[]): void {
    if (this.#output.isTTY) this.#redraw(lines);
    else this.#drawPlain(lines);
  }

  #redraw(lines: readonly LiveLine[]): void {
    const text = lines.map((line) => `${line.text}\u001B[K\n`).join('');
    this.#output.write(this.#back() + text + (lines.length < this.#drawn ? '\u001B[J' : ''));
    this.#drawn = lines.length;
  }

  /** Removes the lines from a terminal. */
  clear(): void {
    if (this.#drawn > 0) this.#output.write(`${this.#back()}\u001B[J`);
    this.#drawn = 0;
  }

  /** Leaves the lines on the terminal as they are; the next are drawn below. */
  leave(): void {
    this.#drawn = 0;
  }

  #back(): string {
    return this.#drawn === 0 ? '' : `\u001B[${this.#drawn}A\r`;
  }

  #drawPlain(lines: readonly LiveLine[]): void {
    const now = this.#now();
    for (const { key, text } of lines) {
      const last = this.#written.get(key);
      if (last && (last.text === text || now - last.at < plainIntervalMs)) continue;
      this.#written.set(key, { text, at: now });
      this.#output.write(`${text}\n`);
    }
  }
}
