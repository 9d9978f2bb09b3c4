import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { cacheDirectory } from './scripts/cluster/paths.ts';

const minute = 60_000;

interface Kind {
  readonly name: string;
  readonly include: string;
  readonly exclude?: string;
  /** Milliseconds for one test. */
  readonly timeout: number;
  /** Files at a time. More than there are cores where tests mostly wait, for a minute of a CronJob or for a lock. */
  readonly workers: number;
  readonly globalSetup?: string;
}

/** Every kind of test, cheapest first; a file's name says which it belongs to. */
const kinds: readonly Kind[] = [
  { name: 'unit', include: 'test/**/!(*.server|*.loop|*.e2e).test.ts', timeout: 10_000, workers: 2 },
  { name: 'stores', include: 'test/**/*.server.test.ts', timeout: 3 * minute, workers: 2 },
  { name: 'loop', include: 'test/**/*.loop.test.ts', timeout: 2 * minute, workers: 2 },
  {
    name: 'e2e',
    include: 'test/**/*.e2e.test.ts',
    exclude: 'test/**/*.alone.e2e.test.ts',
    timeout: 10 * minute,
    workers: 3,
    globalSetup: 'test/e2e/global-setup.ts',
  },
  // They stop the operator, give it another image, or count the machine's processes.
  {
    name: 'e2e-alone',
    include: 'test/**/*.alone.e2e.test.ts',
    timeout: 10 * minute,
    workers: 1,
    globalSetup: 'test/e2e/global-setup.ts',
  },
];

const project = ({ name, include, exclude, timeout, workers, globalSetup }: Kind, index: number) => ({
  test: {
    name,
    include: [include],
    ...(exclude && { exclude: [exclude] }),
    testTimeout: timeout,
    hookTimeout: Math.max(timeout, 10 * minute),
    teardownTimeout: minute,
    maxWorkers: workers,
    // Hundreds of runners are started: each would compile every file again, which is most of its start.
    env: { NODE_COMPILE_CACHE: path.join(cacheDirectory, 'compiled') },
    // From 1 on: on a machine of two cores, Vitest would run what has order 0 last.
    sequence: { groupOrder: index + 1 },
    ...(globalSetup && { globalSetup }),
  },
});

export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line.ts'],
    projects: kinds.map(project),
  },
});
