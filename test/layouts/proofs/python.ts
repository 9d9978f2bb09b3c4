import type { Proof } from '../proof.ts';
import { python as runtime } from '../runtimes/python.ts';

export { runtime };

/** Stores of python-session. */
export const proofs: readonly Proof[] = [];
