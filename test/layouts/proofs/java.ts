import type { Proof } from '../proof.ts';
import { java as runtime } from '../runtimes/java.ts';

export { runtime };

/** Libraries of Java. */
export const proofs: readonly Proof[] = [
  { layout: 'spring-session-jdbc', on: ['mysql', 'mariadb'] },
  { layout: 'tomcat' },
];
