import type { Proof } from '../proof.ts';
import { go as runtime } from '../runtimes/go.ts';

export { runtime };

/** Libraries of Go. */
export const proofs: readonly Proof[] = [
  { layout: 'scs', on: ['postgres'] },
  { layout: 'scs', variant: 'pgxstore', on: ['postgres'] },
  // The zone of the connection shifts each time, and cancels out only in the library.
  { layout: 'scs', on: ['mysql', 'mariadb'], zoned: true },
];
