import { describe, expect, test } from 'vitest';
import type { RunnerResult } from '../../src/api/runner-result.ts';
import type { SessionStoreStatus } from '../../src/api/status.ts';
import { eventsOf } from '../../src/status/events-of.ts';
import {
  cleanupJob,
  cleanupResult,
  cronJob,
  failureResult,
  postgresSpec,
  sessionStore,
} from '../builders.ts';
import { conditionOf, healthy, status } from './status-fixture.ts';

const minute = (n: number) => `2026-11-20T11:${10 + n}:00Z`;

type Results = readonly (RunnerResult | undefined)[];

/** The statuses after each of these runs, each on top of the one before. */
function statusesAfter(...results: Results): readonly SessionStoreStatus[] {
  const statuses: SessionStoreStatus[] = [status(healthy)];
  for (const [n, result] of results.entries()) {
    const exitCode = result?.failure ? 1 : 0;
    const cleanupJobs = [cleanupJob(`run-${n}`, result, exitCode, minute(n))];
    const before = statuses.at(-1);
    const current = sessionStore(postgresSpec, before && { status: before });
    statuses.push(status({ store: current, cronJob: cronJob(), cleanupJobs }));
  }
  return statuses.slice(1);
}

const incomplete = cleanupResult({ complete: false, overdue: 5, overdueAtLeast: true });
const dryRun = cleanupResult({ dryRun: true, deleted: 0, overdue: 5 });
const last = <T>(items: readonly T[]): T => items.at(-1) as T;

describe('lastSuccessTime', () => {
  const lastSuccess = (...results: Results) => last(statusesAfter(...results)).cleanup?.lastSuccessTime;

  test('is the end of the last run that saw everything and could delete', () => {
    expect(lastSuccess(cleanupResult())).toBe(minute(0));
    expect(lastSuccess(cleanupResult(), cleanupResult())).toBe(minute(1));
  });

  test.each([
    ['a dry run', dryRun],
    ['an incomplete run', incomplete],
    ['a failed run', failureResult('LockTimeout', 'busy')],
    ['a run whose figures are lost', undefined],
  ])('does not move with %s', (_what, result) => {
    expect(lastSuccess(result)).toBeUndefined();
    expect(lastSuccess(cleanupResult(), result)).toBe(minute(0));
  });
});

test('a dry run is not shown as a success: its outcome, which kubectl prints, is its own', () => {
  const after = last(statusesAfter(dryRun));
  expect(after.cleanup?.lastRun).toMatchObject({ outcome: 'DryRun', dryRun: true, deleted: 0, overdue: 5 });
  expect(conditionOf(after, 'CleanedUp')).toBe('False WouldCleanUp');
  expect(conditionOf(after, 'Ready')).toBe('True Ready');
  const stopped = last(statusesAfter({ ...dryRun, ...cleanupResult({ dryRun: true, complete: false }) }));
  expect(stopped.cleanup?.lastRun?.outcome).toBe('Incomplete');
});

test('a run whose figures are lost is not said to have cleaned up', () => {
  const lost = last(statusesAfter(undefined));
  expect(conditionOf(lost, 'CleanedUp')).toBe('Unknown ResultMissing');
  expect(lost.cleanup?.lastRun).toMatchObject({ outcome: 'Succeeded', reason: 'ResultMissing' });
  expect(eventsOf(status(healthy), lost)).toMatchObject([{ type: 'Normal', reason: 'ResultMissing' }]);
});

describe('failures in a row', () => {
  const failed = failureResult('LockTimeout', 'busy');
  const failures = (...results: Results) => last(statusesAfter(...results)).cleanup?.failures;

  test('begin again after a run that worked, incomplete or not', () => {
    expect(failures(failed, failed)).toBe(2);
    expect(failures(failed, failed, cleanupResult(), failed)).toBe(1);
    expect(failures(failed, failed, incomplete, failed)).toBe(1);
  });

  test('stay as they are with a run of which nothing is known', () => {
    expect(failures(failed, failed, undefined)).toBe(2);
  });
});

describe('incomplete runs in a row', () => {
  test('are said to be still behind from the third on, in one Warning', () => {
    const statuses = statusesAfter(incomplete, incomplete, incomplete, incomplete);
    expect(statuses.map((each) => conditionOf(each, 'CleanedUp'))).toEqual([
      'False Incomplete',
      'False Incomplete',
      'False StillBehind',
      'False StillBehind',
    ]);
    expect(conditionOf(last(statuses), 'Ready')).toBe('True Ready');
    const warnings = statuses.map((each, n) =>
      eventsOf(statuses[n - 1] ?? each, each).filter(({ type }) => type === 'Warning'),
    );
    expect(warnings.map(({ length }) => length)).toEqual([0, 0, 1, 0]);
    expect(warnings[2]?.[0]?.note).toMatch(
      /^3 runs in a row .*: deleted 9,000 sessions, at least 5 overdue left/,
    );
  });

  test('end with one that sees everything, not with one that fails', () => {
    const failed = failureResult('LockTimeout', 'busy');
    const withBetween = (between: RunnerResult) =>
      conditionOf(last(statusesAfter(incomplete, incomplete, between, incomplete)), 'CleanedUp');
    expect([cleanupResult(), failed].map(withBetween)).toEqual(['False Incomplete', 'False StillBehind']);
  });

  test('say of a count that is a lower bound that it is one, and nothing of a count that is 0', () => {
    const runOf = (overdue: number) =>
      last(statusesAfter(cleanupResult({ complete: false, overdue, overdueAtLeast: true }))).cleanup?.lastRun;
    expect(runOf(5)).toMatchObject({ overdue: 5, overdueAtLeast: true });
    expect(runOf(0)).not.toHaveProperty('overdue');
    expect(runOf(0)?.message).toBe('deleted 9,000 sessions, 1,000 remain; part of the store was not checked');
  });
});
