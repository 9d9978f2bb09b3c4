/**
 * Before a file with tests of session libraries: fetches and builds them where that was not done. That is no part of
 * the time that the file takes.
 */
import { basename, dirname } from 'node:path';
import { expect } from 'vitest';
import type { Runtime } from './runtime.ts';

const { testPath = '' } = expect.getState();
if (dirname(testPath) === import.meta.dirname) {
  const name = basename(testPath, '.server.test.ts');
  const { runtime } = (await import(`./proofs/${name}.ts`)) as { readonly runtime: Runtime };
  await runtime.prepare();
}
