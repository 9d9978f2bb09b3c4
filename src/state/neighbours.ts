import { backendIn, type StoreSpec } from '../api/effective.ts';
import { group } from '../api/group.ts';
import type { Pod } from '../api/kubernetes.ts';
import { exclusiveClaim } from './exclusive-claim.ts';
import { hashOf } from './hash.ts';
import { managedByLabel, manager, type Task } from './labels.ts';

type Labels = Readonly<Record<string, string>>;

/** The pods that a run has to be beside. */
interface Neighbours {
  readonly labels: Labels;
  /** Whether it is of no use, or not safe, on another node though no such pod runs. */
  readonly mustRun: boolean;
  /** In place of the application's values, on the run's own pod. */
  readonly standIns: Labels;
}

/**
 * The pods that a run has to be beside, as they have the claim mounted on their node; undefined where there are none, also where
 * it waits until they are gone.
 */
export function neighboursOf(spec: StoreSpec, task: Task): Neighbours | undefined {
  const backend = backendIn(spec);
  const { claimName = '', colocateWith, needsNeighbour = false } = backend.kind.podRequirements(backend.spec);
  if (!colocateWith || exclusiveClaim(spec, task) !== undefined) return undefined;
  const free = Object.keys(colocateWith).filter(
    (key) => key !== managedByLabel && !key.startsWith(`${group}/`),
  );
  const standIn = `on-claim-${hashOf(claimName)}`;
  return {
    labels: colocateWith,
    // With no key to tell its pod from those of other claims, a run could be sent beside one of them.
    mustRun: needsNeighbour || free.length === 0,
    standIns: Object.fromEntries(free.map((key) => [key, standIn])),
  };
}

/**
 * The affinity to such pods. Where the run may also go to any node while none of them has one, its own pod satisfies the term, with
 * values of its own that no Service of the application selects: the scheduler lets a pod that nobody fits but itself go anywhere.
 * Runs on the same claim have the same values, and so one node.
 */
export function termFor({ labels, mustRun, standIns }: Neighbours) {
  const labelSelector = mustRun
    ? { matchLabels: labels }
    : {
        matchExpressions: Object.entries(labels).map(([key, value]) => ({
          key,
          operator: 'In',
          values: [value, standIns[key] ?? manager],
        })),
      };
  return { labelSelector, topologyKey: 'kubernetes.io/hostname' };
}

/** The labels by which the run's own pod satisfies the term. */
export const labelsBeside = (neighbours: Neighbours | undefined): Labels =>
  neighbours && !neighbours.mustRun ? neighbours.standIns : {};

/** The names of the pods with these labels that have a node, sorted. */
export function podsBeside(labels: Labels, pods: readonly Pod[]): readonly string[] {
  return pods
    .filter(({ spec }) => spec?.nodeName !== undefined)
    .filter(({ metadata }) =>
      Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value),
    )
    .map(({ metadata }) => metadata.name)
    .sort();
}
