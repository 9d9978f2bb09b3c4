import { describe, expect, test } from 'vitest';
import type { KubeCondition, Pod } from '../../src/api/kubernetes.ts';
import { endProblem } from '../../src/state/pod-end.ts';
import { failureResult, pod, terminatedPod } from '../builders.ts';

/** The status that a kubelet, or another component, left when it ended the pod. */
const left = (made: Pod, status: Pod['status'], deletionTimestamp?: string): Pod => ({
  ...made,
  metadata: { ...made.metadata, ...(deletionTimestamp && { deletionTimestamp }) },
  status: { ...made.status, ...status },
});

const disrupted = (reason: string, message: string): Pod['status'] => {
  const condition: KubeCondition = { type: 'DisruptionTarget', status: 'True', reason, message };
  return { conditions: [condition] };
};

const killed = terminatedPod('p', 137, undefined);
const stopped = terminatedPod('p', 1, JSON.stringify(failureResult('Interrupted', 'told to stop')));
const unstarted = pod('p', { phase: 'Failed' });
const noSpace = 'Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ';
const lowMemory = 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 80Mi. ';

describe('a pod that the node ended', () => {
  test.each<[string, Pod, string, string]>([
    ['for its own storage', left(killed, { reason: 'Evicted', message: noSpace }), 'Evicted', noSpace],
    ['for the node’s memory', left(killed, { reason: 'Evicted', message: lowMemory }), 'Evicted', lowMemory],
    ['before it began', left(unstarted, { reason: 'Evicted', message: lowMemory }), 'Evicted', lowMemory],
    [
      'as the node shuts down',
      left(killed, {
        reason: 'Terminated',
        message: 'Pod was terminated in response to imminent node shutdown.',
      }),
      'Disrupted',
      'imminent node shutdown',
    ],
    [
      'while it could still say that it was told to stop',
      left(stopped, { reason: 'Evicted', message: lowMemory }),
      'Evicted',
      lowMemory,
    ],
    [
      'by not taking it',
      left(unstarted, {
        reason: 'OutOfmemory',
        message: 'Pod was rejected: Node didn’t have enough resource: memory',
      }),
      'PodNotStarting',
      'OutOfmemory: Pod was rejected',
    ],
    [
      'as it saw its container no more',
      terminatedPod(
        'p',
        137,
        'The container could not be located when the pod was terminated',
        'ContainerStatusUnknown',
      ),
      'ResultMissing',
      'could not be located',
    ],
  ])('%s', (_how, ended, reason, message) => {
    expect(endProblem(ended)).toEqual({ reason, message: expect.stringContaining(message) });
  });
});

describe('a pod that had to give way', () => {
  test.each([
    ['EvictionByEvictionAPI', 'Eviction API: evicting'],
    ['PreemptionByScheduler', 'default-scheduler: preempting to accommodate a higher priority pod'],
    ['DeletionByTaintManager', 'Taint manager: deleting due to NoExecute taint'],
    ['DeletionByPodGC', 'PodGC: node no longer exists'],
    ['TerminationByKubelet', 'Pod was terminated in response to imminent node shutdown.'],
  ])('says so by %s, however its runner ended', (reason, message) => {
    for (const made of [killed, stopped, terminatedPod('p', 143, undefined), unstarted])
      expect(endProblem(left(made, disrupted(reason, message)))).toEqual({
        reason: 'Disrupted',
        message: `${reason}: ${message}`,
      });
  });

  test('says what its runner said, where that had ended by itself', () => {
    const own = terminatedPod('p', 1, JSON.stringify(failureResult('LockTimeout', 'busy')));
    expect(endProblem(left(own, disrupted('EvictionByEvictionAPI', 'evicting')))?.reason).toBe('LockTimeout');
    expect(endProblem(left(terminatedPod('p', 0, undefined), disrupted('x', 'y')))).toBeUndefined();
  });
});

describe('a container that ended without a word', () => {
  test.each<[string, Pod, string, RegExp]>([
    ['SIGKILL is not said to be out of memory', killed, 'Killed', /reports no lack of memory/],
    [
      'SIGKILL after its pod was deleted',
      left(killed, {}, '2026-11-20T11:00:00Z'),
      'Killed',
      /^the pod was deleted/,
    ],
    ['SIGTERM', terminatedPod('p', 143, undefined), 'Interrupted', /SIGTERM/],
    [
      'a program that is not there',
      terminatedPod('p', 128, 'exec: "/no": stat /no: no such file or directory', 'StartError'),
      'PodNotStarting',
      /^StartError: exec: "\/no"/,
    ],
    ['a program that cannot be run', terminatedPod('p', 126, undefined), 'PodNotStarting', /exit code 126/],
    ['an abort', terminatedPod('p', 134, undefined), 'ResultMissing', /exit code 134 \(SIGABRT\)/],
  ])('%s', (_how, ended, reason, message) => {
    expect(endProblem(ended)).toEqual({ reason, message: expect.stringMatching(message) });
  });

  test('says nothing while it has not ended', () => expect(endProblem(pod('p'))).toBeUndefined());
});
