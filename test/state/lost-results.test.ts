import { expect, test } from 'vitest';
import { deriveState } from '../../src/state/derive-state.ts';
import { withLostResults } from '../../src/state/lost-results.ts';
import type { Observed } from '../../src/state/observed.ts';
import { statusOf } from '../../src/status/status-of.ts';
import {
  activeSetup,
  cleanupJob,
  cleanupResult,
  cronJob,
  finishedSetup,
  observed,
  sessionStore,
  setupResult,
} from '../builders.ts';

const setup = finishedSetup(sessionStore(), setupResult());
const cleanup = cleanupJob('run', cleanupResult());
const lostIn = (parts: Partial<Observed>) =>
  withLostResults(observed(parts)).map(({ job }) => job.metadata.name);
const names = [setup.job.metadata.name, 'run'];
const withoutPods = {
  setupJobs: [{ ...setup, pods: [] }],
  cleanupJobs: [{ ...cleanup, pods: [] }],
  cronJob: cronJob(),
};

test('a finished Job of which no pod is known lacks its result, until status has recorded the run', () => {
  expect(lostIn(withoutPods)).toEqual(names);
  const status = statusOf(deriveState(observed(withoutPods)));
  expect(lostIn({ ...withoutPods, store: sessionStore(undefined, { status }) })).toEqual([]);
});

test('neither a Job with its result nor one that goes on lacks any', () => {
  expect(lostIn({ setupJobs: [setup], cleanupJobs: [cleanup], cronJob: cronJob() })).toEqual([]);
  expect(lostIn({ setupJobs: [activeSetup(sessionStore())] })).toEqual([]);
});
