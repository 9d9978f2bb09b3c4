import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { BackendName } from '../../../src/api/backends/index.ts';
import { answerOf } from './child.ts';
import { onEveryStore } from './fixture.ts';
import type { Reading } from './reader.ts';

const program = fileURLToPath(new URL('./reader.ts', import.meta.url));
/** Else garbage is left lying while there is room. */
const smallHeap = ['--max-old-space-size=40', '--max-semi-space-size=8'];
/** What Node itself and a driver take is about 100 MB. */
const mostBytes = 190_000_000;

/** Durus reads a 256th of its sessions at a time, or in session3's form all, as they are one record. */
const isStreamed = (kind: BackendName): boolean => kind !== 'durus';

onEveryStore((stand, kind) => {
  test('all sessions are read in a fraction of the memory that they would take', {
    timeout: 600_000,
  }, async () => {
    const place = await stand.readyPlace();
    const { sessions, bytes } = place.many;
    await place.fill(sessions, bytes);
    const reading = await answerOf<Reading>(program, { kind, options: place.options }, smallHeap);
    expect(reading).toMatchObject({ sessions, bytes: sessions * bytes });
    expect(reading.bytes).toBeGreaterThan(2 * mostBytes);
    expect(reading.peakBytes).toBeLessThan(mostBytes);
  });
}, isStreamed);
