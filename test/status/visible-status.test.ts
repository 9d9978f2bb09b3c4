import { expect, test } from 'vitest';
import { deriveState } from '../../src/state/derive-state.ts';
import type { Observed } from '../../src/state/observed.ts';
import { eventsOf } from '../../src/status/events-of.ts';
import { statusOf } from '../../src/status/status-of.ts';
import {
  activeSetup,
  cleanupJob,
  cleanupResult,
  cronJob,
  failedCreate,
  failureResult,
  finishedSetup,
  observed,
  pod,
  sessionStore,
  setupResult,
  waitingPod,
} from '../builders.ts';

const hostile = 'so\u001b[2J\u001b]0;x\u0007 \u202egnol\u2066 \u200bit\r\nReady: True\0 \ud800 \u{e0041}';
const shown = 'so␛[2J␛]0;x␇ \\u202egnol\\u2066 \\u200bit␍␊Ready: True␀ \\ud800 \\u{e0041}';

const store = sessionStore();
const active = activeSetup(store);
const provisioned = { store, setupJobs: [finishedSetup(store, setupResult())], cronJob: cronJob() };
const waitingFor = (reason: string) => ({
  setupJobs: [activeSetup(store, [waitingPod('p', reason, hostile)])],
});
const unscheduled = pod('p', {
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', message: hostile, lastTransitionTime: '' }],
});
const cleanedUp = (job: ReturnType<typeof cleanupJob>) => ({ ...provisioned, cleanupJobs: [job] });

test.each<[string, Partial<Observed>]>([
  ['a run that failed', { setupJobs: [finishedSetup(store, failureResult('Conflict', hostile), 67)] }],
  ['a note of set-up', { setupJobs: [finishedSetup(store, setupResult({ notes: [hostile] }))] }],
  [
    'the server that set-up was connected to',
    { setupJobs: [finishedSetup(store, setupResult({ connection: { server: hostile, tls: 'off' } }))] },
  ],
  ['a clean-up that failed', cleanedUp(cleanupJob('j', failureResult('ReadOnly', hostile), 1))],
  ['a note of clean-up', cleanedUp(cleanupJob('j', cleanupResult({ notes: [hostile] })))],
  [
    'the zone that a clean-up read times in',
    cleanedUp(cleanupJob('j', cleanupResult({ timeZone: { name: hostile, source: 'Connection' } }))),
  ],
  ['an image that cannot be pulled', waitingFor('ErrImagePull')],
  ['a container that cannot be made', waitingFor('CreateContainerError')],
  ['a pod that no node takes', { setupJobs: [activeSetup(store, [unscheduled])] }],
  [
    'the event of a pod that was refused',
    { setupJobs: [activeSetup(store, [], 1, [failedCreate(active, hostile)])] },
  ],
  ['a write that was refused', { rejectedWrites: [{ task: 'setup', reason: 'ApiError', message: hostile }] }],
])('%s puts nothing unseen into status and events', (_title, parts) => {
  const status = statusOf(deriveState(observed(parts)));
  const texts = JSON.stringify([status, eventsOf(undefined, status)]);
  expect(texts).toContain(JSON.stringify(shown.slice(0, 30)).slice(1, -1));
  const decoded = JSON.stringify(JSON.parse(texts), (_key, value) =>
    typeof value === 'string' && /[\p{Cc}\p{Cf}\p{Cs}]/u.test(value) ? 'UNSEEN' : value,
  );
  expect(decoded).not.toContain('UNSEEN');
});
