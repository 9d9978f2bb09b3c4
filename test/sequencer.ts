import { existsSync } from 'node:fs';
import path from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { programsDirectory } from '../scripts/cluster/kubernetes.ts';

/** Two places, between which the files of a project are spread evenly. */
type Span = readonly [first: number, last: number];

/**
 * Where Kubernetes is still to be built, a file that needs a control plane would hold a worker until then, and one that
 * needs the cluster for longer: files of stores come before them.
 */
const whileBuilding: Readonly<Record<string, Span>> = {
  stores: [0, 1],
  loop: [0.5, 2],
  e2e: [1, 2],
};

/** Puts the files of each project into one order, each project's own kept. */
export function mixed<File>(
  byProject: ReadonlyMap<string, readonly File[]>,
  spans: Readonly<Record<string, Span>>,
): readonly File[] {
  const placed = [...byProject].flatMap(([project, files]) => {
    const [first, last] = spans[project] ?? [0, 1];
    return files.map((file, index) => ({
      file,
      place: first + ((index + 0.5) / files.length) * (last - first),
    }));
  });
  return placed.sort((a, b) => a.place - b.place).map(({ file }) => file);
}

/** Runs the files of projects of one group side by side from beginning to end, where Vitest runs one project after the other. */
export class MixedSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const byProject = Map.groupBy(await super.sort(files), ({ project }) => project.name);
    const isBuilt = existsSync(path.join(programsDirectory(), 'kubectl'));
    return [...mixed(byProject, isBuilt ? {} : whileBuilding)];
  }
}
