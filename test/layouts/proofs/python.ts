import type { Proof } from '../proof.ts';
import { python as runtime } from '../runtimes/python.ts';

export { runtime };

/** Libraries of Python. */
export const proofs: readonly Proof[] = [{ layout: 'django' }];
