import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { BackendName } from '../../../src/api/backends/index.ts';
import { answerOf } from './child.ts';
import { onEveryStore } from './fixture.ts';
import type { Reading } from './reader.ts';

const program = fileURLToPath(new URL('./reader.ts', import.meta.url));
/** Otherwise garbage is not collected while there is room. */
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
    const reading = await answerOf<Reading>(
      program,
      { kind, options: location.options },
      { execArgv: smallHeap },
    );
    expect(reading).toMatchObject({ sessions, bytes: sessions * bytes });
    expect(reading.bytes).toBeGreaterThan(2 * mostBytes);
    expect(reading.grownBytes).toBeLessThan(mostBytes);
  });
}, isStreamed);
