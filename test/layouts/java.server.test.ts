import { proveLibraries } from './proof.ts';
import { proofs, runtime } from './proofs/java.ts';

proveLibraries(runtime, proofs);
