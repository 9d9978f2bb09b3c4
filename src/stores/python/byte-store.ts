import { z } from 'zod';
import {
  type CleanupReport,
  cleanupReportSchema,
  type SetupReport,
  setupReportSchema,
} from '../../api/runner-result.ts';
import { inSteps, paces, type SizeRange } from '../pace.ts';
import type { ByteStore, CleanupOptions, Session, SetupOptions } from '../session-store.ts';
import type { PythonLocation } from './location.ts';
import { PythonProcess } from './process.ts';

/** Target duration of a clean-up step in milliseconds. */
const stepRange: SizeRange = { first: 10, least: 5, most: 1000 };

const chunkSchema = z.array(z.tuple([z.string(), z.string()]));
const stepSchema = z.object({ done: z.boolean(), deleted: z.int(), seen: z.int() });
const payloadSchema = z.string().nullable();
const count = z.int();

/** A store that a Python program serves, which the first call starts. */
export class PythonByteStore implements ByteStore {
  readonly #process: PythonProcess;

  /** `lost` is called when the program has ended. */
  constructor({ opening, interpreter }: PythonLocation, lost: () => void = () => undefined) {
    this.#process = new PythonProcess(opening, interpreter, lost);
  }

  async loadSession(id: string): Promise<Uint8Array | undefined> {
    const payload = payloadSchema.parse(await this.#process.request('load', { id }));
    return payload === null ? undefined : Buffer.from(payload, 'base64');
  }

  async saveSession(id: string, payload: Uint8Array): Promise<void> {
    await this.#process.request('save', { id, payload: Buffer.from(payload).toString('base64') });
  }

  async deleteSession(id: string): Promise<void> {
    await this.#process.request('delete', { id });
  }

  async hasSession(id: string): Promise<boolean> {
    return z.boolean().parse(await this.#process.request('has', { id }));
  }

  async *iterSessions(): AsyncGenerator<Session> {
    const iteration = count.parse(await this.#process.request('iterate'));
    try {
      while (true) {
        const chunk = chunkSchema.parse(await this.#process.request('next', { iteration }));
        if (chunk.length === 0) return;
        for (const [id, payload] of chunk) yield [id, Buffer.from(payload, 'base64')];
      }
    } finally {
      await this.#process.request('end', { iteration });
    }
  }

  async setup(options: SetupOptions): Promise<SetupReport> {
    return setupReportSchema.parse(await this.#process.request('setup', { ...options }));
  }

  async deleteOldSessions(options: CleanupOptions): Promise<CleanupReport> {
    const { owner, ageSeconds, dryRun = false, pace = 'polite', signal, onProgress } = options;
    const run = count.parse(await this.#process.request('clean', { owner, ageSeconds, dryRun }));
    onProgress?.({ deleted: 0, seen: 0 });
    const step = async (size: number): Promise<boolean> => {
      const answer = await this.#process.request('step', { run, seconds: size / 1000 });
      const { done, ...progress } = stepSchema.parse(answer);
      onProgress?.(progress);
      return done;
    };
    await inSteps(step, { pace: paces[pace], range: stepRange, signal, isRetryable: () => false });
    return cleanupReportSchema.parse(await this.#process.request('report', { run }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
