import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import { Worker as Thread } from 'node:worker_threads';
import { paces, restMs, systemClock } from '../../pace.ts';
import { ProgressMeter } from '../../progress-meter.ts';
import type { CleanupOptions } from '../../session-store.ts';
import { StoreError } from '../../store-error.ts';
import type { SyncFileOperations } from '../files.ts';
import type { CheckedPaths, StoreContext } from '../store-paths.ts';
import type { Judgement } from '../time/look.ts';
import { giveUpReserve } from '../volume-probe.ts';
import {
  type CleanupTask,
  type Counts,
  plus,
  type SettleTask,
  type TakeTask,
  type TaskResult,
  zeroCounts,
} from './cleanup-task.ts';
import { Quarantine } from './quarantine.ts';
import type { Batch, QuarantineBatches } from './quarantine-batches.ts';
import type { Answer } from './worker-thread.ts';

/** Waiting for the disk takes most of the time of deleting a file, so more workers than processors are of use. */
const workers = { polite: 1, full: 4 } as const;

/** A stopped run still settles the batches that are due that soon, and leaves the others to the next run. */
const settleWithinMs = 2000;

/** How often a worker checks whether another one has made room. */
const roomMs = 20;

/** Does one task at a time. */
interface Worker extends AsyncDisposable {
  run(task: CleanupTask): Promise<TaskResult>;
}

/** A worker in this thread, with these file operations. */
function ownWorker(files: SyncFileOperations): Worker {
  const quarantine = new Quarantine(files);
  return {
    run: async (task) => quarantine.run(task),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/**
 * A worker in a thread of its own, started by its first task: waiting for the disk there blocks no other work, and
 * synchronous operations cost a third of those through promises.
 */
export class ThreadWorker implements Worker {
  #thread: Thread | undefined;

  async run(task: CleanupTask): Promise<TaskResult> {
    this.#thread ??= new Thread(new URL(`./worker-thread${extname(import.meta.filename)}`, import.meta.url), {
      // Without this program's own options: with some of them, such as --input-type, no thread starts.
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 },
    });
    const answered = once(this.#thread, 'message');
    this.#thread.postMessage(task);
    const [answer] = (await answered) as [Answer];
    if ('result' in answer) return answer.result;
    throw new StoreError(answer.reason, answer.message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.terminate();
  }
}

/** One clean-up of a store. */
export interface CleanupRun {
  readonly options: CleanupOptions;
  readonly checked: CheckedPaths;
  /** The folder of the sessions, as the path through which files are reached. */
  readonly folder: string;
  readonly judgement: Judgement;
  readonly batches: QuarantineBatches;
  readonly names: AsyncGenerator<string[]>;
}

/** Checks all files, several chunks at once; `complete` where that was all of them. */
export class WorkerPool {
  readonly #context: StoreContext;
  readonly #run: CleanupRun;
  readonly #progress: ProgressMeter;
  readonly #id = randomUUID();
  #taken = 0;
  #atWork = 0;
  #counts = zeroCounts;
  #isStopped = false;
  #failures: unknown[] = [];
  /** Stale files that there was no room to move: taken again once all batches are settled. */
  #noRoom: (readonly string[])[] = [];

  constructor(context: StoreContext, run: CleanupRun) {
    this.#context = context;
    this.#run = run;
    this.#progress = new ProgressMeter(run.options.onProgress);
  }

  async run(): Promise<{ readonly counts: Counts; readonly complete: boolean }> {
    const count = this.#context.syncFiles ? 1 : workers[this.#run.options.pace ?? 'polite'];
    await Promise.all(Array.from({ length: count }, () => this.#runWorker()));
    if (this.#failures.length > 0) throw this.#failures[0];
    const stale = this.#noRoom.flat().length;
    return { counts: plus(this.#counts, { stale }), complete: !this.#isStopped };
  }

  /** Gives a worker one task after the other, until none is left. */
  async #runWorker(): Promise<void> {
    const { syncFiles } = this.#context;
    await using worker = syncFiles ? ownWorker(syncFiles) : new ThreadWorker();
    let isBusy = true;
    while (isBusy) isBusy = await this.#step(worker);
  }

  /** Whether there was a task. After an error no more files are taken, and those that were taken are still settled. */
  async #step(worker: Worker): Promise<boolean> {
    const { options } = this.#run;
    try {
      const task = await this.#next();
      if (!task) return false;
      const started = performance.now();
      await this.#do(task, worker);
      const rest = restMs(performance.now() - started, paces[options.pace ?? 'polite']);
      await systemClock.sleep(rest, options.signal);
    } catch (error) {
      this.#failures.push(error);
      await this.#stop();
    }
    return true;
  }

  async #do(task: CleanupTask, worker: Worker): Promise<void> {
    this.#atWork++;
    try {
      const result = await worker.run(task);
      this.#counts = plus(this.#counts, result);
      // Files without room are taken again.
      const seen = task.kind === 'Take' ? task.names.length - (result.noRoom?.length ?? 0) : 0;
      this.#progress.add(result.deleted, seen);
      if (task.kind === 'Take') await this.#note(task, result);
    } finally {
      this.#atWork--;
    }
  }

  async #note(task: TakeTask, result: TaskResult): Promise<void> {
    const { waiting, waitingLeftovers = 0, inSpare, noRoom } = result;
    if (waiting > 0 && task.batch !== undefined) {
      const batch = inSpare ? { folder: task.spare, names: inSpare } : { folder: task.batch };
      this.#run.batches.add(batch, waiting - waitingLeftovers);
    }
    if (!noRoom) return;
    // No other task was under way, and not one file could be moved: only the reserve can make room.
    const isVain = noRoom.length === task.names.length && this.#isAlone();
    if (isVain && !(await giveUpReserve(this.#context.files, this.#context.paths)))
      this.#counts = plus(this.#counts, { stale: noRoom.length, ioError: noRoom.length });
    else this.#noRoom.push(noRoom);
  }

  #isAlone(): boolean {
    return this.#atWork === 1 && this.#run.batches.untilNext() === undefined;
  }

  /** The next task, after a wait where only time is missing; undefined where this worker has no more to do. */
  async #next(): Promise<CleanupTask | undefined> {
    const { batches } = this.#run;
    const due = batches.takeDue();
    if (due !== undefined) return this.#settleTask(due);
    if (this.#noRoom.length > 0 && !this.#isStopped) return this.#nextWithoutRoom();
    const chunk = await this.#nextChunk();
    if (chunk) return this.#takeTask(chunk);
    const wait = batches.untilNext();
    if (wait === undefined || (this.#isStopped && wait > settleWithinMs)) return undefined;
    await systemClock.sleep(wait);
    return this.#next();
  }

  /** Takes files again that there was no room to move, once every task that may make room is done. */
  async #nextWithoutRoom(): Promise<CleanupTask | undefined> {
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
    const { tmp, quarantine } = this.#context.paths;
    const id = `${this.#id}-${this.#taken++}`;
    return {
      ...this.#store,
      kind: 'Take',
      names,
      probe: join(tmp, id),
      spare: quarantine,
      ...(!this.#run.options.dryRun && { batch: join(quarantine, id) }),
    };
  }

  #settleTask({ folder: batch, names }: Batch): SettleTask {
    return { ...this.#store, kind: 'Settle', batch, ...(names && { names }) };
  }

  /** The part of a task that is the same in all. */
  get #store(): Omit<SettleTask, 'kind' | 'batch' | 'names'> {
    const { checked, folder, judgement } = this.#run;
    const { folder: named, stateDir } = this.#context.paths;
    return { ...judgement, checked, folder, paths: { folder: named, stateDir } };
  }
}
