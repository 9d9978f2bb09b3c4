import { proveLibraries } from './proof.ts';
import { proofs, runtime } from './proofs/express.ts';

proveLibraries(runtime, proofs);
