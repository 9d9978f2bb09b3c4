import type { Proof } from '../proof.ts';
import { node as runtime } from '../runtimes/node.ts';

export { runtime };

/** Stores of express-session. */
export const proofs: readonly Proof[] = [{ layout: 'connect-pg-simple', zoned: true }];
