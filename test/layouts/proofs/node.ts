import type { Proof } from '../proof.ts';
import { node as runtime } from '../runtimes/node.ts';

export { runtime };

/** Libraries of npm that have sessions of their own. */
export const proofs: readonly Proof[] = [];
