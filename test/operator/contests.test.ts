import { beforeEach, describe, expect, test } from 'vitest';
import { Contests, type Target } from '../../src/operator/contests.ts';
import { now, postgresSpec, sessionStore } from '../builders.ts';

const cronJob: Target = { object: 'CronJob web-cleanup', limits: 'child', task: 'cleanup' };
const suspension: Target = { ...cronJob, limits: 'suspension' };
const status: Target = { object: 'status', limits: 'status' };
const store = sessionStore();

let contests: Contests;
beforeEach(() => {
  contests = new Contests();
});

const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);

/** Number of writes in so many seconds to a target that another client changes back at once. */
function writesIn(seconds: number, target: Target, last = 'applyCronJob'): readonly number[] {
  const times: number[] = [];
  for (let tenths = 0; tenths < seconds * 10; tenths += 1) {
    const time = at(tenths / 10);
    if (contests.waitMs(store, target, time) > 0) continue;
    contests.recordWrite(store, target, time, last);
    times.push(tenths / 10);
  }
  return times;
}

describe('an object that another program changes back each time', () => {
  test('is written a few times at once, then less and less often, and again in five minutes at the latest', () => {
    const times = writesIn(3600, cronJob);
    expect(times.slice(0, 5)).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
    const gaps = times.slice(5).map((time, i) => Math.round(time - (times[i + 4] ?? 0)));
    expect(gaps.slice(0, 6)).toEqual([10, 20, 40, 80, 160, 300]);
    expect(Math.max(...gaps)).toBe(300);
  });

  test('is reported, with the last write, until it has been quiet', () => {
    writesIn(0.4, cronJob);
    expect(contests.of(store, at(1))).toEqual([]);
    contests.recordWrite(store, cronJob, at(1), 'deleteCronJob, another client added hostNetwork');
    contests.recordWrite(store, cronJob, at(1), 'createCronJob');
    expect(contests.of(store, at(50))).toMatchObject([
      { message: expect.stringMatching(/^CronJob web-cleanup was corrected 5 times.*added hostNetwork/) },
    ]);
    expect(contests.retryAt(store, at(2))).toEqual(at(11));
    expect(contests.of(store, at(62))).toEqual([]);
    expect(contests.waitMs(store, cronJob, at(62))).toBe(0);
  });

  test('is created again at once if the operator deleted it, and later if somebody else did', () => {
    writesIn(1, cronJob, 'createCronJob');
    expect(contests.waitMs(store, cronJob, at(1), true)).toBeGreaterThan(0);
    contests.recordWrite(store, cronJob, at(20), 'deleteCronJob');
    expect(contests.waitMs(store, cronJob, at(20), true)).toBe(0);
  });

  test('is written at once for another spec, for a requested reconcile, and for a new store of that name', () => {
    writesIn(1, cronJob);
    expect(contests.waitMs(store, cronJob, at(1))).toBeGreaterThan(0);
    const asked = { annotations: { 'sessionstore.dev/reconcile-requested-at': '1' } };
    for (const change of [{ generation: 2 }, asked, { uid: 'another' }])
      expect(contests.waitMs(sessionStore(postgresSpec, change), cronJob, at(1))).toBe(0);
  });

  test('is suspended sooner, whatever fight there is over the rest', () => {
    writesIn(600, cronJob);
    const gaps = writesIn(600, suspension).map((time, i, all) => time - (all[i - 1] ?? 0));
    expect(Math.round(Math.max(...gaps))).toBe(20);
  });
});

test('status that two operators write is written once a minute in the end, and no condition of its own', () => {
  const times = writesIn(3600, status, 'write');
  expect(times.length).toBeLessThan(100);
  expect(contests.of(store, at(3600))).toEqual([]);
});

test('a child that is corrected every other minute is never delayed', () => {
  for (let minute = 0; minute < 60; minute += 2) {
    expect(contests.waitMs(store, cronJob, at(minute * 60))).toBe(0);
    contests.recordWrite(store, cronJob, at(minute * 60), 'applyCronJob');
  }
  expect(contests.of(store, at(3600))).toEqual([]);
});
