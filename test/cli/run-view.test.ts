import { expect, test } from 'vitest';
import type { Pod } from '../../src/api/kubernetes.ts';
import { runView } from '../../src/cli/run/run-view.ts';
import { activeSetup, pod, sessionStore, setupResult, terminatedPod } from '../builders.ts';

test('a run says why it does not run, from its pod’s making to the record of its end', () => {
  const viewOf = (...pods: readonly Pod[]) => runView(activeSetup(sessionStore(), pods));
  const assigned = { ...pod('p', { phase: 'Pending' }), spec: { nodeName: 'node' } };
  expect(viewOf()).toEqual({ state: 'waiting', why: 'for its pod to be made' });
  expect(viewOf(pod('p', { phase: 'Pending' }))).toEqual({ state: 'waiting', why: 'for a node for pod p' });
  expect(viewOf(assigned)).toEqual({ state: 'waiting', why: 'for pod p to start' });
  expect(viewOf(terminatedPod('p', 0, JSON.stringify(setupResult())))).toEqual({
    state: 'waiting',
    why: 'for Kubernetes to record its end',
  });
});
