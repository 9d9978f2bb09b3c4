import type { Proof } from '../proof.ts';
import { java as runtime } from '../runtimes/java.ts';

export { runtime };

/** Libraries of Java. */
export const proofs: readonly Proof[] = [
  { layout: 'spring-session-jdbc' },
  { layout: 'tomcat' },
  // Jetty leaves the row format to the server, whose default is this.
  { layout: 'jetty', sameShape: (shape) => shape.replace(' ROW_FORMAT=DYNAMIC', '') },
];
