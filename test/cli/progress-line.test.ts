import { expect, test } from 'vitest';
import { LiveLines } from '../../src/cli/run/live-lines.ts';
import { progressLine, roughDuration, secondsLeft, stateLine } from '../../src/cli/run/progress-line.ts';

const progress = { deleted: 12_345, seen: 45_000, rate: 2500, of: 100_000 };
const line = (width: number | undefined, change: object = {}) =>
  progressLine({ ...progress, ...change }, { label: 'web', isDryRun: false, width });

test('a bar of 80 columns has deleted sessions, time left and rate, and one of 200 columns a longer bar and of how many', () => {
  expect(line(80)).toMatch(/^web {2}█+░+ {2}45 % 12,345 deleted · 22 s left · 2,500\/s/);
  expect(line(200)).toMatch(
    /^web {2}█{18}░{22} {2}45 % 12,345 deleted · 22 s left · 2,500\/s · of about 100,000$/,
  );
});

test.each([1, 8, 20, 40, 60, 79, 80, 120, 200])(
  'no line is wider than %d columns, whatever the figures',
  (width) => {
    const large = { deleted: 9e12, seen: 9e12, rate: 9e6, of: 1e13 };
    const lines = [
      line(width),
      line(width, large),
      line(width, { of: undefined }),
      line(width, { seen: 0, rate: 0 }),
    ];
    const waiting = stateLine('waits: ImagePullFailed: the image cannot be pulled', {
      label: 'web',
      isDryRun: false,
      width,
    });
    for (const text of [...lines, waiting]) expect(text.length).toBeLessThanOrEqual(width);
  },
);

test('without an estimate of how many there is no bar and no time left, and a pipe gets the figures in words', () => {
  expect(line(80, { of: undefined })).toBe('web  12,345 deleted · 2,500/s');
  expect(line(undefined)).toBe('web: 12,345 deleted, 22 s left, 2,500/s, of about 100,000');
  expect(progressLine(progress, { label: 'web', isDryRun: true })).toContain('web: 45,000 looked at');
});

test('the time left follows from the rate, and is unknown before there is one', () => {
  expect(secondsLeft(progress)).toBe(22);
  expect(secondsLeft({ ...progress, seen: 120_000 })).toBe(0);
  expect(secondsLeft({ ...progress, rate: 0 })).toBeUndefined();
  expect([0.2, 59, 61, 3599, 7500].map(roughDuration)).toEqual(['1 s', '59 s', '1 min', '1 h', '2 h 5 min']);
});

test('on a terminal lines are redrawn in place; in a pipe a line comes again after ten seconds, if it has changed', () => {
  const drawn = (isTTY: boolean) => {
    let written = '';
    let now = 0;
    const lines = new LiveLines(
      {
        write: (text) => {
          written += text;
        },
        isTTY,
        columns: 80,
      },
      () => now,
    );
    for (const text of ['1 deleted', '2 deleted', '3 deleted']) {
      lines.draw([{ key: 'web', text }]);
      now += 6000;
    }
    return written;
  };
  expect(drawn(true)).toBe('1 deleted\u001B[K\n\u001B[1A\r2 deleted\u001B[K\n\u001B[1A\r3 deleted\u001B[K\n');
  expect(drawn(false)).toBe('1 deleted\n3 deleted\n');
});
