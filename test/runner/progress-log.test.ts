import { expect, test } from 'vitest';
import type { Progress } from '../../src/api/progress.ts';
import { progressLog } from '../../src/runner/progress-log.ts';

function logAt() {
  let at = 0;
  const written: Progress[] = [];
  const log = progressLog(
    (progress) => written.push(progress),
    () => at,
  );
  return {
    written,
    log: (ms: number, deleted: number, seen: number, of?: number) => {
      at = ms;
      log({ deleted, seen, ...(of !== undefined && { of }) });
    },
  };
}

test('the first progress is written, then at most one in two seconds', () => {
  const { written, log } = logAt();
  for (let ms = 500; ms <= 6500; ms += 10) log(ms, ms - 500, ms - 500);
  expect(written.map(({ seen }) => seen)).toEqual([0, 2000, 4000, 6000]);
});

test('the rate is that of the run so far, per second', () => {
  const { written, log } = logAt();
  log(1000, 0, 0, 900);
  log(3000, 10, 100, 900);
  log(6000, 20, 133, 900);
  expect(written).toEqual([
    { deleted: 0, seen: 0, rate: 0, of: 900 },
    { deleted: 10, seen: 100, rate: 50, of: 900 },
    { deleted: 20, seen: 133, rate: 26.6, of: 900 },
  ]);
});

test('a slow step writes one line, not those that it missed', () => {
  const { written, log } = logAt();
  log(0, 0, 0);
  log(9000, 1, 1);
  log(9001, 2, 2);
  log(10_999, 3, 3);
  log(11_000, 4, 4);
  expect(written.map(({ seen }) => seen)).toEqual([0, 1, 4]);
});
