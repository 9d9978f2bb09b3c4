import { defineConfig } from 'vitest/config';

const minute = 60_000;

/**
 * One project a kind of test, cheapest first; a file's name says which it belongs to. Orders begin at 1: on a machine of
 * two cores, Vitest would run what has order 0 last.
 */
const project = (
  name: string,
  include: string,
  order: number,
  timeout: number,
  parallel: boolean,
  globalSetup?: string,
) => ({
  test: {
    name,
    include: [include],
    testTimeout: timeout,
    hookTimeout: Math.max(timeout, 10 * minute),
    teardownTimeout: minute,
    fileParallelism: parallel,
    sequence: { groupOrder: order },
    ...(globalSetup && { globalSetup }),
  },
});

export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      project('unit', 'test/**/!(*.server|*.loop|*.e2e).test.ts', 1, 10_000, true),
      // One file at a time, as races and deadlines want the machine to themselves.
      project('stores', 'test/**/*.server.test.ts', 2, 3 * minute, false),
      project('loop', 'test/**/*.loop.test.ts', 3, 2 * minute, false),
      project('e2e', 'test/**/*.e2e.test.ts', 4, 10 * minute, false, 'test/e2e/global-setup.ts'),
    ],
  },
});
