import { describe, expect, test } from 'vitest';
import { isTimeZone } from '../../src/api/time-zone.ts';
import { scheduleOf } from '../../src/desired/schedule.ts';

const cronOf = (text: string, name = 'web'): string => {
  const schedule = scheduleOf(text, 'shop', name);
  return schedule.ok ? schedule.cron : schedule.message;
};

describe('H', () => {
  test('is the same for a store as long as its name is', () => {
    expect(cronOf('H * * * *')).toBe(cronOf('H * * * *'));
    expect(cronOf('H * * * *')).toMatch(/^[0-5]?[0-9] \* \* \* \*$/);
  });

  test('spreads a fleet over the hour', () => {
    const minutes = Array.from({ length: 600 }, (_, i) => cronOf('H * * * *', `web-${i}`).split(' ')[0]);
    expect(new Set(minutes).size).toBe(60);
  });

  test.each([
    ['H(10-19) * * * *', /^1[0-9] \* \* \* \*$/],
    ['H/15 * * * *', /^([0-9]|1[0-4])-59\/15 \* \* \* \*$/],
    ['H(0-29)/10 * * * *', /^[0-9]-29\/10 \* \* \* \*$/],
    ['0 H H * *', /^0 ([0-9]|1[0-9]|2[0-3]) ([1-9]|1[0-9]|2[0-8]) \* \*$/],
    ['5,H * * * *', /^5,\d+ \* \* \* \*$/],
    ['0 4 * * mon-fri', /^0 4 \* \* mon-fri$/],
  ])('%s becomes a schedule that Kubernetes takes', (text, expected) =>
    expect(cronOf(text)).toMatch(expected),
  );
});

describe('what Kubernetes would refuse, or never run, is refused with a sentence', () => {
  test.each([
    ['60 * * * *', '60 is no minute (0-59)'],
    ['* * * * 7', '7 is no day of the week (0-6)'],
    ['*/0 * * * *', 'step of 0'],
    ['* * L * *', 'is no day of the month'],
    ['1,,2 * * * *', 'is no minute'],
    ['9-1 * * * *', '9-1 is no range'],
    ['H(50-70) * * * *', 'is no range of the minute'],
    ['0 0 30 2 *', 'never comes'],
    ['* * * *', 'five fields'],
  ])('%s', (text, sentence) => expect(cronOf(text)).toContain(sentence));
});

test('the period is the shortest time between two runs, whenever it is asked for', () => {
  const period = (text: string) => scheduleOf(text, 'shop', 'web');
  expect(period('0 9,17 * * *')).toMatchObject({ periodSeconds: 8 * 3600 });
  expect(period('*/5 * * * *')).toMatchObject({ periodSeconds: 300 });
  expect(period('0 0 29 2 *')).toMatchObject({ ok: true });
});

test('a zone is known or not', () => {
  expect(isTimeZone('Europe/Berlin')).toBe(true);
  expect(isTimeZone('Europe/Bielefeld')).toBe(false);
});
