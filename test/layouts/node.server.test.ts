import { proveLibraries } from './proof.ts';
import { proofs, runtime } from './proofs/node.ts';

proveLibraries(runtime, proofs);
