import { describe, expect, test } from 'vitest';
import { projectStore, withHistory } from '../../src/kube/store-projection.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import { statusOf } from '../../src/status/status-of.ts';
import { cronJob, finishedSetup, observed, postgresSpec, sessionStore, setupResult } from '../builders.ts';

const setup = finishedSetup(sessionStore(), setupResult());

test('a store whose status alone has changed keeps the very spec of the version before', () => {
  const before = projectStore(sessionStore(postgresSpec));
  const again = structuredClone(before);
  expect(projectStore(again, before).spec).toBe(before.spec);
  const other = { ...again, spec: { ...again.spec, suspend: true } };
  expect(projectStore(other, before).spec).toBe(other.spec);
});

describe('the history of runs', () => {
  const run = {
    startedAt: '2026-11-20T11:00:00Z',
    finishedAt: '2026-11-20T11:00:05Z',
    outcome: 'Succeeded' as const,
    deleted: 123_456,
    overdue: 12,
    remaining: 1_234_567,
  };
  const withRuns = (history: readonly (typeof run)[]) => {
    const whole = observed({ setupJobs: [setup], cronJob: cronJob() });
    const { cleanup, ...status } = statusOf(deriveState(whole));
    if (!cleanup) throw new Error('Expected a status of clean-up');
    return sessionStore(postgresSpec, {
      status: { ...status, cleanup: { ...cleanup, history: [...history] } },
    });
  };

  test('is kept as one text, less than 1.5 KB for ten runs, and read when a store is reconciled', () => {
    const ten = withRuns(Array.from({ length: 10 }, () => run));
    const inCache = projectStore(ten);
    expect(inCache.isShortened).toBeUndefined();
    expect(inCache.status?.cleanup).not.toHaveProperty('history');
    expect(inCache.historyText?.length).toBeLessThan(1536);
    expect(withHistory(inCache).status).toEqual(ten.status);
    expect(withHistory(inCache)).not.toHaveProperty('historyText');
    expect(projectStore(inCache)).toEqual(inCache);
  });

  test('of another length than the operator writes is read again with its store', () => {
    const long = projectStore(withRuns(Array.from({ length: 30 }, () => run)));
    expect(long).toMatchObject({ isShortened: true });
    expect(long).not.toHaveProperty('historyText');
    expect(long.status?.cleanup).not.toHaveProperty('history');
  });
});

test('a store keeps the annotations that request something, and no other', () => {
  const annotations = {
    'sessionstore.dev/reconcile-requested-at': 'a',
    'sessionstore.dev/cleanup-requested-at': 'b'.repeat(1000),
    'sessionstore.dev/other': 'c',
    'example.com/other': 'd',
  };
  expect(projectStore(sessionStore(postgresSpec, { annotations })).metadata.annotations).toEqual({
    'sessionstore.dev/reconcile-requested-at': 'a',
    'sessionstore.dev/cleanup-requested-at': 'b'.repeat(256),
  });
});
