import { proveLibraries } from './proof.ts';
import { proofs, runtime } from './proofs/rust.ts';

proveLibraries(runtime, proofs);
