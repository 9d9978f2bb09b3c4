import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { BackendName } from '../../../src/api/backends/index.ts';
import { answerOf } from './child.ts';
import type { Cleaning } from './cleaner.ts';
import { onEveryStore } from './fixture.ts';
import type { Reading } from './reader.ts';

const program = fileURLToPath(new URL('./reader.ts', import.meta.url));
const cleaner = fileURLToPath(new URL('./cleaner.ts', import.meta.url));
/** As many as the server, or the disk, saves in a few seconds. */
const great: Partial<Record<BackendName, number>> = {
  postgres: 1_000_000,
  mysql: 200_000,
  directory: 30_000,
};
/** Garbage that Node has no reason yet to collect. */
const mostMoreBytes = 40_000_000;
/** Memory limit of a Job's pod. */
const jobBytes = 256 * 2 ** 20;
/** Else garbage is left lying while there is room. */
const smallHeap = ['--max-old-space-size=40', '--max-semi-space-size=8'];
/** A driver's buffers, and garbage that was not collected yet. */
const mostBytes = 50_000_000;

/** Durus reads a 256th of its sessions at a time, or in session3's form all, as they are one record. */
const isStreamed = (kind: BackendName): boolean => kind !== 'durus';

onEveryStore((fixture, kind) => {
  test('all sessions are read in a fraction of the memory that they would take', {
    timeout: 600_000,
  }, async () => {
    const location = await fixture.readyLocation();
    const { sessions, bytes } = location.many;
    await location.fill(sessions, bytes);
    const reading = await answerOf<Reading>(program, { kind, options: location.options }, smallHeap);
    expect(reading).toMatchObject({ sessions, bytes: sessions * bytes });
    expect(reading.bytes).toBeGreaterThan(2 * mostBytes);
    expect(reading.grownBytes).toBeLessThan(mostBytes);
  });

  const { [kind]: sessions } = great;
  test.runIf(sessions)('a clean-up takes as much memory for a great many sessions as for a few', async () => {
    const peakOf = async (count: number) => {
      const location = await fixture.readyLocation();
      await location.fillOld?.(count);
      const order = { kind, options: location.options };
      const cleaning = await answerOf<Cleaning>(cleaner, order, smallHeap);
      expect(cleaning.deleted).toBe(count);
      return cleaning.peakBytes;
    };
    const [few, many] = [await peakOf(5000), await peakOf(sessions ?? 0)];
    expect(many).toBeLessThan(few + mostMoreBytes);
    expect(many).toBeLessThan(jobBytes);
  });
}, isStreamed);
