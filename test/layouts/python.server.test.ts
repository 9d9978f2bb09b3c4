import { proveLibraries } from './proof.ts';
import { proofs, runtime } from './proofs/python.ts';

proveLibraries(runtime, proofs);
