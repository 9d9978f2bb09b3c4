import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { cacheDirectory } from './scripts/cluster/paths.ts';
import { MixedSequencer } from './test/sequencer.ts';

const minute = 60_000;

interface Kind {
  readonly name: string;
  readonly include: string;
  readonly exclude?: string;
  /** Milliseconds for one test. */
  readonly timeout: number;
  /** Kinds of one group run beside each other, the groups one after the other. */
  readonly group: keyof typeof workers;
  /** Tests at a time, of those in a file that are said to be concurrent. */
  readonly concurrency?: number;
  /** Whether files may share what they load: they change nothing of it. */
  readonly isPure?: true;
  readonly globalSetup?: readonly string[];
  /** Runs before each file. */
  readonly setupFile?: string;
}

/**
 * Files at a time, in the order of the groups. Stores compute; the operator's loop and pods are mostly waited for: more
 * than there are cores.
 */
const workers = { pure: 2, beside: 4 } as const;

/** What files of several kinds share. */
const shared = 'test/servers/global-setup.ts';

const onCluster = { globalSetup: [shared, 'test/e2e/global-setup.ts'], setupFile: 'test/e2e/until-ready.ts' };

/** Every kind of test; a file's name says which it belongs to. */
const kinds: readonly Kind[] = [
  {
    name: 'unit',
    include: 'test/**/!(*.server|*.loop|*.e2e).test.ts',
    // Some start a process, which on a machine that builds images meanwhile takes many seconds.
    timeout: minute,
    group: 'pure',
    isPure: true,
  },
  {
    name: 'stores',
    include: 'test/**/*.server.test.ts',
    timeout: 3 * minute,
    group: 'beside',
    globalSetup: [shared],
    setupFile: 'test/layouts/until-built.ts',
  },
  {
    name: 'loop',
    include: 'test/**/*.loop.test.ts',
    timeout: 5 * minute,
    group: 'beside',
    globalSetup: [shared],
    setupFile: 'test/cluster/until-built.ts',
  },
  {
    name: 'e2e',
    include: 'test/**/*.e2e.test.ts',
    exclude: 'test/**/*.alone.e2e.test.ts',
    timeout: 10 * minute,
    group: 'beside',
    concurrency: 8,
    ...onCluster,
  },
  // They stop the operator, or give it another image: no other file of tests on pods runs at the same time.
  {
    name: 'e2e-alone',
    include: 'test/**/*.alone.e2e.test.ts',
    timeout: 10 * minute,
    group: 'beside',
    ...onCluster,
  },
];

const project = ({ name, include, exclude, timeout, group, concurrency, isPure, ...setup }: Kind) => ({
  test: {
    name,
    include: [include],
    ...(exclude && { exclude: [exclude] }),
    testTimeout: timeout,
    hookTimeout: Math.max(timeout, 10 * minute),
    teardownTimeout: minute,
    maxWorkers: workers[group],
    ...(isPure && { isolate: false }),
    ...(concurrency && { maxConcurrency: concurrency }),
    // Hundreds of runners are started: each would compile every file again, which is most of its start.
    env: { NODE_COMPILE_CACHE: path.join(cacheDirectory, 'compiled') },
    // From 1 on: on a machine of two cores, Vitest would run what has order 0 last.
    sequence: { groupOrder: Object.keys(workers).indexOf(group) + 1 },
    ...(setup.globalSetup && { globalSetup: [...setup.globalSetup] }),
    ...(setup.setupFile && { setupFiles: [setup.setupFile] }),
  },
});

export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line.ts'],
    sequence: { sequencer: MixedSequencer },
    projects: kinds.map(project),
  },
});
