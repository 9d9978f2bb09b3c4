import { describe, expect, test } from 'vitest';
import { statusSchema } from '../../src/api/status.ts';
import { timeZoneProblem } from '../../src/api/time-zones.ts';
import { longestGapSeconds, nextRuns, scheduleOf } from '../../src/state/schedule.ts';
import { now } from '../builders.ts';

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
    ['5/15 * * * *', /^5-59\/15 \* \* \* \*$/],
    ['0 0 ? * ?/2', /^0 0 \* \* \*\/2$/],
    ['0 0 */1 * 1,?', /^0 0 \* \* \*$/],
    ['*/99 * 2-4/9 * *', /^0 \* 2 \* \*$/],
    ['0 0 1 jan/4 TUE/2', /^0 0 1 1-12\/4 2-6\/2$/],
  ])('%s becomes a schedule that Kubernetes takes', (text, expected) =>
    expect(cronOf(text)).toMatch(expected),
  );
});

describe('a schedule that Kubernetes would refuse, or never run, is refused with a message', () => {
  test.each([
    ['60 * * * *', '60 is not a valid minute (0-59)'],
    ['* * * * 7', '7 is not a valid day of the week (0-6)'],
    ['*/0 * * * *', 'step of 0'],
    ['* * L * *', 'is not a valid day of the month'],
    ['1,,2 * * * *', 'is not a valid minute'],
    ['9-1 * * * *', '9-1 is not a valid range'],
    ['H(50-70) * * * *', 'is not a valid range of the minute'],
    ['0 0 30 2 *', 'never comes'],
    ['0x1 * * * *', '0x1 is not a valid minute'],
    ['1e1 * * * *', '1e1 is not a valid minute'],
    ['* * * *', 'five fields'],
  ])('%s', (text, sentence) => expect(cronOf(text)).toContain(sentence));
});

const items = [
  ...[
    '*',
    '*/2',
    '*/60',
    '*/99',
    '*/1',
    '0',
    '1',
    '6',
    '00',
    '07',
    '12',
    '1/5',
    '0/99',
    '1-3',
    '1-3/2',
    '5-5',
  ],
  ...['5-5/1', 'H', 'H/2', 'H(1-3)', 'H(1-3)/2', 'jan', 'SUN', 'sat', 'mon/2', '?', 'L', '1L', '#', '0x1'],
];

test('for any text, the next runs are found, or a message says what is wrong', () => {
  const answers = items.flatMap((a) =>
    items.slice(0, 8).flatMap((b) =>
      [0, 1, 2, 3, 4].map((at) => {
        const fields = ['0', '0', '1', '1', '*'];
        fields[at] = `${a},${b}`;
        const schedule = scheduleOf(fields.join(' '), 'shop', 'web');
        return schedule.ok ? nextRuns(schedule.cron, 'Europe/Berlin', now, 3).length : schedule.message;
      }),
    ),
  );
  expect(answers.filter((answer) => answer === 3).length).toBeGreaterThan(500);
  expect(answers.filter((answer) => answer !== 3 && !String(answer).includes('is no'))).toEqual([]);
});

test('the longest that a spec may say fits where status shows it', () => {
  const steps = Array.from({ length: 50 }, (_, i) => `H/${i + 10}`)
    .join(',')
    .slice(0, 89);
  const schedule = scheduleOf(`${steps} * * * *`, 'shop', 'web');
  expect(schedule).toMatchObject({ ok: true });
  const { cron = '' } = schedule as { cron?: string };
  expect(cron.length).toBeGreaterThan(100);
  const cleanup = { schedule: cron, timeZone: 'Etc/UTC', cronJobName: 'web-cleanup' };
  expect(statusSchema.safeParse({ cleanup })).toMatchObject({ success: true });
});

test('the period is the shortest time between two runs, whenever it is asked for', () => {
  const period = (text: string) => scheduleOf(text, 'shop', 'web');
  expect(period('0 9,17 * * *')).toMatchObject({ periodSeconds: 8 * 3600 });
  expect(period('*/5 * * * *')).toMatchObject({ periodSeconds: 300 });
  expect(period('0 0 29 2 *')).toMatchObject({ ok: true });
});

test.each([
  ['17 1,5 * * *', 20 * 3600],
  ['3-59/9 * * * *', 9 * 60],
  ['17 3 * * *', 86_400],
  ['17 3 * * 1-5', 3 * 86_400],
  ['30 23 1 * *', 31 * 86_400],
])('the longest time between two runs of %s is %d s', (cron, seconds) =>
  expect(longestGapSeconds(cron)).toBe(seconds),
);

test('a text that is no schedule has no time between runs', () =>
  expect(longestGapSeconds('at noon')).toBeUndefined());

describe('a time zone', () => {
  const problem = (zone: string) => timeZoneProblem('cleanup.timeZone', zone);

  test.each([
    'Europe/Berlin',
    'Asia/Kolkata',
    'Asia/Calcutta',
    'UTC',
    'Etc/GMT+12',
    'EST5EDT',
    'Europe/Kyiv',
  ])('%s is one', (zone) => expect(problem(zone)).toBeUndefined());

  test.each([
    ['europe/berlin', 'Europe/Berlin'],
    ['ASIA/KOLKATA', 'Asia/Kolkata'],
    ['utc', 'UTC'],
    ['us/eastern', 'US/Eastern'],
    ['PST', 'America/Los_Angeles'],
    ['etc/gmt-2', 'Etc/GMT-2'],
    ...['Europe/Bielefeld', 'posix/Europe/Berlin', 'SystemV/PST8PDT', '+02:00', 'Local', 'GMT+2', ''].map(
      (zone) => [zone, 'a name such as Europe/Berlin'],
    ),
  ])('%s is not a zone: use %s', (zone, right) =>
    expect(problem(zone)).toBe(`cleanup.timeZone "${zone}" is no time zone of that spelling: use ${right}`),
  );
});
