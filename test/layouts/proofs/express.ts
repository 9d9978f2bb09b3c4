import type { Proof } from '../proof.ts';
import { node as runtime } from '../runtimes/node.ts';

export { runtime };

/** Stores of express-session. */
export const proofs: readonly Proof[] = [
  { layout: 'connect-pg-simple', zoned: true },
  { layout: 'connect-session-knex', on: ['mysql', 'mariadb'] },
  { layout: 'connect-session-sequelize', on: ['mysql', 'mariadb'] },
  { layout: 'connect-typeorm' },
  { layout: 'prisma-session-store', on: ['mysql', 'mariadb'] },
  { layout: 'express-mysql-session' },
  { layout: 'session-file-store', layoutOptions: { ttl: '1h' } },
  { layout: 'session-file-store', variant: 'secret', layoutOptions: { ttl: '1h' } },
];
