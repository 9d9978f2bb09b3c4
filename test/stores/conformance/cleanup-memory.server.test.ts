import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { BackendName } from '../../../src/api/backends/index.ts';
import { answerOf } from './child.ts';
import type { Cleaning } from './cleaner.ts';
import { onEveryStore } from './fixture.ts';

const program = fileURLToPath(new URL('./cleaner.ts', import.meta.url));
/** As many as the server, or the disk, saves in a few seconds. */
const great: Partial<Record<BackendName, number>> = {
  postgres: 1_000_000,
  mysql: 100_000,
  directory: 20_000,
};
/** Garbage that Node has no reason yet to collect. */
const mostMoreBytes = 40_000_000;
/** Memory limit of a Job's pod. */
const jobBytes = 256 * 2 ** 20;
/** Otherwise garbage is not collected while there is room. */
const smallHeap = ['--max-old-space-size=40', '--max-semi-space-size=8'];

onEveryStore(
  (fixture, kind) => {
    const { [kind]: sessions = 0 } = great;
    test('a clean-up takes as much memory for a great many sessions as for a few', async () => {
      const peakOf = async (count: number) => {
        const location = await fixture.readyLocation();
        await location.fillOld?.(count);
        const order = { kind, options: location.options };
        const cleaning = await answerOf<Cleaning>(program, order, { execArgv: smallHeap });
        expect(cleaning.deleted).toBe(count);
        return cleaning.peakBytes;
      };
      const [few, many] = [await peakOf(4000), await peakOf(sessions)];
      expect(many).toBeLessThan(few + mostMoreBytes);
      expect(many).toBeLessThan(jobBytes);
    });
  },
  (kind) => great[kind] !== undefined,
);
