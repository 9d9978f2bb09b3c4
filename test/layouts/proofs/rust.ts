import type { Proof } from '../proof.ts';
import { rust as runtime } from '../runtimes/rust.ts';

export { runtime };

/** Libraries of Rust. */
export const proofs: readonly Proof[] = [
  {
    layout: 'tower-sessions',
    // The library leaves the row format to the server, whose default is this.
    sameShape: (shape) => shape.replace(' ROW_FORMAT=DYNAMIC', ''),
  },
];
