import { proveLibraries } from './proof.ts';
import { proofs, runtime } from './proofs/ruby.ts';

proveLibraries(runtime, proofs);
