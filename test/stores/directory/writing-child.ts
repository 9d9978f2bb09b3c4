import { createHash, randomBytes } from 'node:crypto';
import { DirectorySessionStore } from '../../../src/stores/directory/store.ts';

/** One of the processes that use a store at once, as JSON in the argument of this program. */
export interface WritingProcess {
  readonly root: string;
  readonly path: string;
  readonly number: number;
  readonly writers: number;
  /** Number of sessions that only this writer writes; every process writes the shared ones. */
  readonly own: number;
  readonly shared: number;
  readonly rounds: number;
}

/** A payload that proves itself whole: its last 32 bytes are the hash of the others. */
function sealed(text: string): Buffer {
  const body = Buffer.concat([Buffer.from(`${text}\n`), randomBytes(Math.floor(Math.random() * 20_000))]);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/** The content of a sealed payload; an error if the payload is torn. */
export function textOf(payload: Uint8Array): string {
  const body = payload.subarray(0, -32);
  if (!createHash('sha256').update(body).digest().equals(payload.subarray(-32))) throw new Error('Torn');
  return Buffer.from(body).toString('latin1').split('\n', 1)[0] ?? '';
}

async function write(run: WritingProcess): Promise<void> {
  const store = new DirectorySessionStore({ root: run.root, path: run.path });
  const writer = async (_: unknown, w: number): Promise<void> => {
    for (let round = 0; round < run.rounds; round++) {
      const own = `own-${run.number}-${w}-${round % run.own}`;
      await store.saveSession(own, sealed(`${round}`));
      const read = await store.loadSession(own);
      if (!read || textOf(read) !== `${round}`) throw new Error(`Lost: ${own}`);
      const shared = `shared-${Math.floor(Math.random() * run.shared)}`;
      await store.saveSession(shared, sealed(shared));
      const other = await store.loadSession(shared);
      if (!other || textOf(other) !== shared) throw new Error(`Lost: ${shared}`);
    }
  };
  await Promise.all(Array.from({ length: run.writers }, writer));
}

if (import.meta.main) await write(JSON.parse(process.argv[2] ?? '') as WritingProcess);
