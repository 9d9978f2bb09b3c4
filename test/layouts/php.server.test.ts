import { proveLibraries } from './proof.ts';
import { proofs, runtime } from './proofs/php.ts';

proveLibraries(runtime, proofs);
