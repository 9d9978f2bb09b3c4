import { describe, expect, test } from 'vitest';
import { eventsOf } from '../../src/status/events-of.ts';
import { cleanupJob, cleanupResult, finishedSetup, setupResult } from '../builders.ts';
import { asWritten, healthy, status, store } from './status-fixture.ts';

describe('events', () => {
  test('report set-up and each run once', () => {
    const first = status(healthy);
    expect(eventsOf(undefined, first).map(({ reason }) => reason)).toEqual(['Provisioned', 'Scheduled']);
    expect(eventsOf(first, first)).toEqual([]);
    const later = status({
      ...healthy,
      store: asWritten(healthy),
      cleanupJobs: [cleanupJob('web-cleanup-1', cleanupResult())],
    });
    expect(eventsOf(first, later)).toEqual([
      {
        type: 'Normal',
        reason: 'CleanedUp',
        action: 'CleanUp',
        note: 'web-cleanup-1: deleted 9,000 sessions, 1,000 remain',
      },
    ]);
  });

  test('a store that was overwritten, or had to be made again, is worth a second look', () => {
    const first = asWritten(healthy);
    const again = (outcome: 'Created' | 'Overwritten' | 'Verified') => {
      const setupJobs = [...healthy.setupJobs, finishedSetup(store, setupResult({ outcome }), 0, 2)];
      return eventsOf(first.status, status({ ...healthy, store: first, setupJobs })).map(({ type }) => type);
    };
    expect(again('Overwritten')).toEqual(['Warning']);
    expect(again('Created')).toEqual(['Warning']);
    expect(again('Verified')).toEqual(['Normal']);
  });
});
