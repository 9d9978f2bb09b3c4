import type { Progress } from '../../api/progress.ts';
import type { Terminal } from '../terminal.ts';
import { type LiveLine, LiveLines } from './live-lines.ts';
import { progressLine, stateLine } from './progress-line.ts';
import type { RunView } from './run-view.ts';

const redrawMs = 500;
const longestLabel = 24;

interface Shown {
  readonly view?: RunView;
  readonly progress?: Progress;
}

/** The runs that go on, a line each, on the error output: the output itself is for figures. */
export class RunBoard implements Disposable {
  readonly #lines: LiveLines;
  readonly #isDryRun: boolean;
  readonly #runs = new Map<string, Shown>();
  readonly #labelWidth: number;
  #timer: NodeJS.Timeout | undefined;

  /** `names` are those of all runs, now or later: their labels are equally wide. */
  constructor({ stderr }: Terminal, names: readonly string[], { isDryRun = false } = {}) {
    this.#lines = new LiveLines(stderr);
    this.#isDryRun = isDryRun;
    this.#labelWidth = Math.min(Math.max(...names.map((name) => name.length)), longestLabel);
    this.#timer = setInterval(() => this.#draw(), redrawMs);
  }

  show(name: string, shown: Shown): void {
    this.#runs.set(name, { ...this.#runs.get(name), ...shown });
  }

  /** Removes a run that has ended. */
  remove(name: string): void {
    this.#runs.delete(name);
  }

  /** Makes room for text: text that is written now stands above the runs that go on. */
  clearLines(): void {
    this.#lines.clear();
  }

  /** Stops drawing and leaves the lines where they are. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#lines.leave();
  }

  #draw(): void {
    this.#lines.draw([...this.#runs].map(([name, shown]) => this.#lineOf(name, shown)));
  }

  #lineOf(name: string, { view, progress }: Shown): LiveLine {
    const { width } = this.#lines;
    const label = width === undefined ? name : name.slice(0, this.#labelWidth).padEnd(this.#labelWidth);
    const options = { label, isDryRun: this.#isDryRun, width };
    if (view?.state === 'waiting') return { key: name, text: stateLine(`waits ${view.why}`, options) };
    const text = progress ? progressLine(progress, options) : stateLine('runs', options);
    return { key: name, text };
  }
}
