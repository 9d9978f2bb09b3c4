import type { Proof } from '../proof.ts';
import { php as runtime } from '../runtimes/php.ts';

export { runtime };

/** Libraries of PHP. */
export const proofs: readonly Proof[] = [];
