import { proveLibraries } from './proof.ts';
import { proofs, runtime } from './proofs/django.ts';

proveLibraries(runtime, proofs);
