import type { Proof } from '../proof.ts';
import { ruby as runtime } from '../runtimes/ruby.ts';

export { runtime };

/** Libraries of Ruby. */
export const proofs: readonly Proof[] = [{ layout: 'rails', standIn: 'ActiveRecord' }];
