import { describe, expect, test } from 'vitest';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { setupJob } from '../../src/desired/setup-job.ts';
import { deriveState } from '../../src/state/derive-state.ts';
import { neighboursOf, podsBeside, termFor } from '../../src/state/neighbours.ts';
import { awaitedNeighbours } from '../../src/status/neighbour-problem.ts';
import { requeueAt, statusOf } from '../../src/status/status-of.ts';
import {
  activeSetup,
  directorySpec,
  now,
  observed,
  options,
  pod,
  sessionStore,
  shelveSpec,
} from '../builders.ts';

const folderBeside = (colocateWith: Record<string, string>, claimName = 'wiki'): SessionStoreSpec => ({
  ...directorySpec,
  backend: { directory: { claimName, path: 'sessions', colocateWith } },
});

const labelsOf = (spec: SessionStoreSpec) =>
  (setupJob(sessionStore(spec), options, 1).spec.template['metadata'] as { labels: Record<string, string> })
    .labels;

type Expression = { readonly key: string; readonly values: readonly string[] };

/** Whether a pod with these labels satisfies the term of the spec's runs. */
function fits(spec: SessionStoreSpec, labels: Record<string, string>): boolean {
  const neighbours = neighboursOf(spec, 'setup');
  const selector = neighbours && (termFor(neighbours).labelSelector as { matchExpressions?: Expression[] });
  return selector?.matchExpressions?.every(({ key, values }) => values.includes(labels[key] ?? '')) ?? false;
}

const wiki = { 'app.kubernetes.io/name': 'wiki', tier: 'web' };

describe('a run beside the application, or anywhere while it does not run', () => {
  test.each<[string, Record<string, string>]>([
    ['by one label', { app: 'wiki' }],
    ['by two', wiki],
    ['by a name, which the operator’s own pods have, too', { 'app.kubernetes.io/name': 'wiki' }],
    ['by who manages it', { 'app.kubernetes.io/managed-by': 'Helm', app: 'wiki' }],
  ])(
    '%s: its term fits the application’s pods, its own, those on the same claim, and no other',
    (_how, labels) => {
      const spec = folderBeside(labels);
      expect(fits(spec, labels)).toBe(true);
      expect(fits(spec, labelsOf(spec))).toBe(true);
      expect(fits(spec, labelsOf({ ...spec, pod: { labels: { app: 'mine', tier: 'mine' } } }))).toBe(true);
      expect(fits(spec, labelsOf(folderBeside(labels, 'other')))).toBe(false);
      expect(fits(spec, labelsOf(directorySpec))).toBe(false);
      expect(fits(spec, {})).toBe(false);
    },
  );

  test('is a pod that no Service of the application selects', () => {
    const labels = labelsOf(folderBeside(wiki));
    for (const [key, value] of Object.entries(wiki)) expect(labels[key]).not.toBe(value);
    expect(labels).toMatchObject({ 'app.kubernetes.io/managed-by': 'session-store-operator' });
  });
});

describe('a run that has to be beside the application', () => {
  const labels = { app: 'wiki' };
  const shelf = { claimName: 'wiki', path: 'sessions', colocateWith: labels };
  test.each<[string, SessionStoreSpec, boolean]>([
    [
      'reaches a socket',
      { ...shelveSpec, backend: { durus: { claimName: 'c', socket: 's', colocateWith: labels } } },
      true,
    ],
    [
      'cleans a shelf in use by locks of one node',
      { ...shelveSpec, backend: { shelve: { ...shelf, whileInUse: 'Tolerate' } } },
      true,
    ],
    ['has no label to be told by', folderBeside({ 'app.kubernetes.io/managed-by': 'Helm' }), true],
    [
      'does not have to for the safe form',
      { ...shelveSpec, backend: { shelve: { ...shelf, form: 'Safe' } } },
      false,
    ],
  ])('%s', (_why, spec, mustRun) => {
    const neighbours = neighboursOf(spec, 'setup');
    expect(neighbours?.mustRun).toBe(mustRun);
    const { labelSelector } = neighbours ? termFor(neighbours) : {};
    if (mustRun) expect(labelSelector).toEqual({ matchLabels: neighbours?.labels });
    if (mustRun) expect(labelsOf(spec)['app']).toBeUndefined();
  });

  const spec: SessionStoreSpec = {
    ...shelveSpec,
    backend: { durus: { claimName: 'c', socket: 's', colocateWith: labels } },
  };
  const said = '0/3 nodes are available: 3 node(s) didn’t match pod affinity rules.';
  const pending = pod('p', {
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: said }],
  });
  const store = sessionStore(spec);
  const waiting = { store, setupJobs: [activeSetup(store, [pending])] };
  const readyOf = (neighbours: readonly string[]) =>
    statusOf(deriveState(observed({ ...waiting, neighbours }))).conditions?.find(
      ({ type }) => type === 'Ready',
    );

  test('is looked for while no node takes it, and only then', () => {
    expect(awaitedNeighbours(observed(waiting))).toEqual(labels);
    expect(
      awaitedNeighbours(observed({ store, setupJobs: [activeSetup(store, [pod('p')])] })),
    ).toBeUndefined();
    expect(awaitedNeighbours(observed({ store: sessionStore(directorySpec) }))).toBeUndefined();
  });

  test('says that no pod with these labels runs', () => {
    expect(readyOf([])).toMatchObject({
      status: 'False',
      reason: 'PodUnschedulable',
      message: expect.stringMatching(
        /^Expected a node with a pod that has the labels app=wiki \(colocateWith\); no pod with these labels runs; Job web-setup-\w+ waits/,
      ),
    });
    expect(readyOf([])?.message).toContain(said);
  });

  test('says which run where their nodes do not take it', () =>
    expect(readyOf(['wiki-0', 'wiki-1'])?.message).toContain('found 2, for example wiki-0, but Job'));

  test('is looked at again after 30 seconds', () => {
    const next = requeueAt(deriveState(observed({ ...waiting, neighbours: [] })));
    expect((next?.getTime() ?? 0) - now.getTime()).toBe(30_000);
  });

  test('finds pods by all labels, on a node', () => {
    const made = (name: string, of: Record<string, string>, nodeName?: string) => ({
      metadata: { ...pod(name).metadata, labels: of },
      spec: { ...(nodeName && { nodeName }) },
    });
    const pods = [
      made('b', { app: 'wiki', more: 'x' }, 'node-1'),
      made('a', { app: 'wiki' }, 'node-2'),
      made('pending', { app: 'wiki' }),
      made('other', { app: 'shop' }, 'node-1'),
    ];
    expect(podsBeside(labels, pods)).toEqual(['a', 'b']);
  });
});
