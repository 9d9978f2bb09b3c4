import { existsSync } from 'node:fs';
import path from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { programsDirectory } from '../scripts/cluster/kubernetes.ts';
import { repository } from '../scripts/cluster/paths.ts';

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
  'e2e-alone': [2, 2],
};

/**
 * The cluster takes some two minutes to begin: a file that needs it would hold a worker until then. Files that need the
 * operator for themselves wait until no other file uses it: those come before them, if possible.
 */
const whenBuilt: Readonly<Record<string, Span>> = {
  e2e: [0.08, 0.75],
  'e2e-alone': [0.8, 1],
};

/**
 * Files that take longest, longest first. They begin first of their project, so that no worker waits for one at the end: a
 * checkout has no times of earlier runs, by which Vitest sorts, and the sizes of files that share their tests say nothing.
 */
export const longFiles: readonly string[] = [
  'test/bundle.test.ts',
  'test/e2e/postgres-trouble.e2e.test.ts',
  'test/e2e/clean-up.e2e.test.ts',
  'test/e2e/mysql-trouble.e2e.test.ts',
  'test/e2e/tour.e2e.test.ts',
  'test/e2e/command-line.e2e.test.ts',
  'test/e2e/killed.alone.e2e.test.ts',
  'test/docs/pages.loop.test.ts',
  'test/stores/python/package.server.test.ts',
  'test/layouts/django.server.test.ts',
  'test/layouts/python.server.test.ts',
  'test/layouts/express.server.test.ts',
  'test/stores/directory/killed.server.test.ts',
  'test/stores/mysql/setup-kill.server.test.ts',
  'test/stores/mysql/setup-kill-mariadb.server.test.ts',
  'test/layouts/java.server.test.ts',
  'test/layouts/php.server.test.ts',
  'test/layouts/php-sites.server.test.ts',
  'test/layouts/node.server.test.ts',
  'test/layouts/ruby.server.test.ts',
  'test/layouts/rust.server.test.ts',
  'test/layouts/go.server.test.ts',
];

/** Puts the files whose paths are in the list first, in its order, and the others after them, in theirs. */
export function longestFirst<File>(
  files: readonly File[],
  pathOf: (file: File) => string,
  list = longFiles,
): readonly File[] {
  const place = (file: File) => {
    const index = list.indexOf(pathOf(file));
    return index < 0 ? list.length : index;
  };
  return files.toSorted((a, b) => place(a) - place(b));
}

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
    const sorted = longestFirst(await super.sort(files), ({ moduleId }) =>
      path.relative(repository, moduleId),
    );
    const byProject = Map.groupBy(sorted, ({ project }) => project.name);
    const isBuilt = existsSync(path.join(programsDirectory(), 'kubectl'));
    return [...mixed(byProject, isBuilt ? whenBuilt : whileBuilding)];
  }
}
