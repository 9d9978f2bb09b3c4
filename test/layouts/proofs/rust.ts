import type { Proof } from '../proof.ts';
import { rust as runtime } from '../runtimes/rust.ts';

export { runtime };

/** Libraries of Rust. */
export const proofs: readonly Proof[] = [];
