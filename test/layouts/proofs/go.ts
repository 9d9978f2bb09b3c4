import type { Proof } from '../proof.ts';
import { go as runtime } from '../runtimes/go.ts';

export { runtime };

/** Libraries of Go. */
export const proofs: readonly Proof[] = [];
