import { expect, test } from 'vitest';
import { progressOf } from '../../src/api/progress.ts';

const time = '2026-11-28T20:00:00.000Z';
const progress = { deleted: 1200, seen: 3000, rate: 1500.5, of: 9000 };
const line = (members: object) => JSON.stringify({ time, level: 'info', msg: 'progress', ...members });

test('a line of a run’s log gives its progress, with or without a total', () => {
  expect(progressOf(line({ progress }))).toEqual(progress);
  const { of, ...without } = progress;
  expect(of).toBe(9000);
  expect(progressOf(line({ progress: without }))).toEqual(without);
});

test('a later version may add members to the line', () => {
  expect(progressOf(line({ progress: { ...progress, left: 3 }, pod: 'a' }))).toEqual(progress);
});

test.each([
  '',
  'Killed',
  line({ msg: 'started' }),
  line({ msg: 'finished', cleanup: { deleted: 3 } }),
  '{"progress":{"deleted":1',
  line({ progress: { ...progress, deleted: -1 } }),
  line({ progress: { ...progress, seen: 'all' } }),
  line({ progress: { deleted: 1 } }),
  `[${line({ progress })}]`,
  line({ progress, padding: 'x'.repeat(512) }),
])('any other line gives none: %s', (other) => {
  expect(progressOf(other)).toBeUndefined();
});
