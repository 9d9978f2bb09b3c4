import { proveLibraries } from './proof.ts';
import { proofs, runtime } from './proofs/php-sites.ts';

proveLibraries(runtime, proofs);
