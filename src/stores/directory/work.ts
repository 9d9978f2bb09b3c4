import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { paces, restMs, systemClock } from '../pace.ts';
import type { CleanupOptions } from '../session-store.ts';
import type { Batches, Settleable } from './batches.ts';
import type { StoreContext } from './context.ts';
import type { Whereabouts } from './errors.ts';
import { type Hand, ownHand, ThreadHand } from './hand.ts';
import { giveUpReserve } from './reserve.ts';
import type { Checked } from './store-identity.ts';
import {
  type Counts,
  nothing,
  type Outcome,
  plus,
  type SettleTask,
  type TakeTask,
  type Task,
} from './task.ts';

/** Waiting for the disk takes most of the time of deleting a file, so more threads than processors are of use. */
const threads = { polite: 1, full: 4 } as const;

/** A stopped run still settles what is due that soon; what takes longer is left to the next run. */
const patienceMs = 2000;

export interface Work {
  readonly options: CleanupOptions;
  readonly checked: Checked;
  /** The folder with the sessions, by the path through which files are reached. */
  readonly folder: string;
  /** Milliseconds since the epoch, by the file system's clock. */
  readonly cutoff: number;
  readonly batches: Batches;
  readonly names: AsyncGenerator<string[]>;
}

/** Looks at all files, several chunks at once; resolves to what was seen and whether that was all. */
export async function work(
  context: StoreContext,
  run: Work,
): Promise<{ readonly counts: Counts; readonly complete: boolean }> {
  const crew = new Crew(context, run);
  const lanes = context.syncFiles ? 1 : threads[run.options.pace ?? 'polite'];
  await Promise.all(Array.from({ length: lanes }, () => crew.lane()));
  return crew.result();
}

/** How often a lane looks whether another has made room. */
const roomMs = 20;

class Crew {
  readonly #context: StoreContext;
  readonly #run: Work;
  readonly #id = randomUUID();
  #taken = 0;
  #atWork = 0;
  #counts = nothing;
  #isStopped = false;
  #failures: unknown[] = [];
  /** Stale files that there was no room to move: taken again once everything that waits is settled. */
  #noRoom: (readonly string[])[] = [];

  constructor(context: StoreContext, run: Work) {
    this.#context = context;
    this.#run = run;
  }

  /** One task after the other, until there is none. */
  async lane(): Promise<void> {
    const { syncFiles } = this.#context;
    await using hand = syncFiles ? ownHand(syncFiles) : new ThreadHand();
    let isBusy = true;
    while (isBusy) isBusy = await this.#step(hand);
  }

  /** Whether there was a task. After an error nothing more is taken, but what was taken is still settled. */
  async #step(hand: Hand): Promise<boolean> {
    const { options } = this.#run;
    try {
      const task = await this.#next();
      if (!task) return false;
      const started = performance.now();
      await this.#do(task, hand);
      const rest = restMs(performance.now() - started, paces[options.pace ?? 'polite']);
      await systemClock.sleep(rest, options.signal);
    } catch (error) {
      this.#failures.push(error);
      await this.#stop();
    }
    return true;
  }

  async #do(task: Task, hand: Hand): Promise<void> {
    this.#atWork++;
    try {
      const outcome = await hand.run(task);
      this.#counts = plus(this.#counts, outcome);
      if (task.kind === 'Take') await this.#note(task, outcome);
    } finally {
      this.#atWork--;
    }
  }

  async #note(task: TakeTask, { waiting, inSpare, noRoom }: Outcome): Promise<void> {
    if (waiting > 0 && task.batch !== undefined) {
      this.#run.batches.add(
        inSpare ? { folder: task.spare, names: inSpare } : { folder: task.batch },
        waiting,
      );
    }
    if (!noRoom) return;
    // Nothing else was under way, and not one could be moved: nor will it be, but for what is kept for that.
    const isVain = noRoom.length === task.names.length && this.#isAlone();
    if (isVain && !(await giveUpReserve(this.#context.files, this.#context.places)))
      this.#counts = plus(this.#counts, { stale: noRoom.length, ioError: noRoom.length });
    else this.#noRoom.push(noRoom);
  }

  #isAlone(): boolean {
    return this.#atWork === 1 && this.#run.batches.untilNext() === undefined;
  }

  result(): { readonly counts: Counts; readonly complete: boolean } {
    if (this.#failures.length > 0) throw this.#failures[0];
    const stale = this.#noRoom.flat().length;
    return { counts: plus(this.#counts, { stale }), complete: !this.#isStopped };
  }

  /** The next task, waited for where only time is missing; undefined where this lane has no more to do. */
  async #next(): Promise<Task | undefined> {
    const { batches } = this.#run;
    const due = batches.takeDue();
    if (due !== undefined) return this.#settleTask(due);
    if (this.#noRoom.length > 0 && !this.#isStopped) return this.#nextWithoutRoom();
    const chunk = await this.#nextChunk();
    if (chunk) return this.#takeTask(chunk);
    const wait = batches.untilNext();
    if (wait === undefined || (this.#isStopped && wait > patienceMs)) return undefined;
    await systemClock.sleep(wait);
    return this.#next();
  }

  /** What there was no room for, once all that may make some is done. */
  async #nextWithoutRoom(): Promise<Task | undefined> {
    if (this.#run.options.signal?.aborted) await this.#stop();
    const wait = this.#run.batches.untilNext() ?? (this.#atWork > 0 ? roomMs : 0);
    const names = wait === 0 ? this.#noRoom.shift() : undefined;
    if (names) return this.#takeTask(names);
    await systemClock.sleep(wait);
    return this.#next();
  }

  async #nextChunk(): Promise<readonly string[] | undefined> {
    if (this.#run.options.signal?.aborted) await this.#stop();
    const chunk = await this.#run.names.next();
    return chunk.done ? undefined : chunk.value;
  }

  async #stop(): Promise<void> {
    this.#isStopped = true;
    await this.#run.names.return(undefined);
  }

  #takeTask(names: readonly string[]): TakeTask {
    const { options, checked, folder, cutoff } = this.#run;
    const { places } = this.#context;
    const whereabouts = this.#whereabouts();
    const id = `${this.#id}-${this.#taken++}`;
    return {
      ...{ kind: 'Take', checked, places: whereabouts, folder, names, cutoff },
      probe: join(places.saving, id),
      spare: places.quarantine,
      ...(!options.dryRun && { batch: join(places.quarantine, id) }),
    };
  }

  #settleTask({ folder: batch, names }: Settleable): SettleTask {
    const { checked, folder, cutoff } = this.#run;
    const places = this.#whereabouts();
    return { ...{ kind: 'Settle', checked, places, folder, cutoff, batch }, ...(names && { names }) };
  }

  #whereabouts(): Whereabouts {
    const { folder, aside } = this.#context.places;
    return { folder, aside };
  }
}
