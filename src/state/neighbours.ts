import { backendIn, type StoreSpec } from '../api/effective.ts';
import { group } from '../api/group.ts';
import type { Pod } from '../api/kubernetes.ts';
import { exclusiveClaim } from './exclusive-claim.ts';
import { hashOf } from './hash.ts';
import { managedByLabel, manager, type Task } from './labels.ts';

type Labels = Readonly<Record<string, string>>;

/** The pods whose node a run needs. */
interface Neighbours {
  readonly labels: Labels;
  /** True if the run is useless or unsafe on another node even when no such pod runs. */
  readonly mustRun: boolean;
  /** Values on the run's own pod that replace the application's values. */
  readonly standIns: Labels;
}

/**
 * The pods on whose node a run needs the claim; undefined if there is no such requirement, or if
 * the run waits until these pods are gone.
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
    // Without a key that tells its pod from those of other claims, a run could be scheduled next to the wrong pods.
    mustRun: needsNeighbour || free.length === 0,
    standIns: Object.fromEntries(free.map((key) => [key, standIn])),
  };
}

/**
 * The affinity to such pods. If the run may use any node while no such pod is on a node, its own pod satisfies the term
 * with values that no Service of the application selects: the scheduler lets a pod that only itself satisfies the term
 * go to any node. Runs on the same claim have the same values, and therefore the same node.
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
