import type { Proof } from '../proof.ts';
import { ruby as runtime } from '../runtimes/ruby.ts';

export { runtime };

const standIn = 'ActiveRecord itself: no package of the gem is to be had';

/** Libraries of Ruby. */
export const proofs: readonly Proof[] = [
  { layout: 'rails', standIn },
  // An application whose configuration has default_timezone = :local.
  { layout: 'rails', variant: 'local', standIn, zoned: true },
  { layout: 'rails', variant: 'creationLimit', standIn, layoutOptions: { creationLimit: true } },
];
