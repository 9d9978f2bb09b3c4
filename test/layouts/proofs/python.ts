import type { Proof } from '../proof.ts';
import { python as runtime } from '../runtimes/python.ts';

export { runtime };

/** Libraries of Python, without Django. */
export const proofs: readonly Proof[] = [
  { layout: 'flask-session' },
  { layout: 'flask-cachelib' },
  { layout: 'flask-cachelib', variant: 'md5' },
  { layout: 'beaker', zoned: true, cleansNothing: true },
  { layout: 'litestar' },
  { layout: 'litestar', variant: 'store', layoutOptions: { variant: 'store' }, cleansNothing: true },
];
