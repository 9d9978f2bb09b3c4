import { readdirSync } from 'node:fs';
import type { Proof } from '../proof.ts';

/** Every proof, whatever its runtime: the files beside this one. */
export async function allProofs(): Promise<readonly Proof[]> {
  const files = readdirSync(import.meta.dirname)
    .filter((name) => name !== 'index.ts')
    .map((name) => name.replace(/\.ts$/, ''));
  const modules: { proofs: readonly Proof[] }[] = await Promise.all(
    files.map((name) => import(`./${name}.ts`)),
  );
  return modules.flatMap(({ proofs }) => proofs);
}
