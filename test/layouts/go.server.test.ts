import { proveLibraries } from './proof.ts';
import { proofs, runtime } from './proofs/go.ts';

proveLibraries(runtime, proofs);
