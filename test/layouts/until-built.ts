/**
 * Before a file with tests of session libraries: fetches and builds them where that was not done. That is no part of
 * the time that the file takes.
 */
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { expect } from 'vitest';
import type { Runtime } from './runtime.ts';

const { testPath = '' } = expect.getState();
const name = basename(testPath, '.server.test.ts');
const isProof =
  dirname(testPath) === import.meta.dirname && existsSync(`${import.meta.dirname}/proofs/${name}.ts`);
if (isProof) {
  const { runtime } = (await import(`./proofs/${name}.ts`)) as { readonly runtime: Runtime };
  await runtime.prepare();
}
