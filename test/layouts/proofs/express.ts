import type { Proof } from '../proof.ts';
import { node as runtime } from '../runtimes/node.ts';

export { runtime };

/** Stores of express-session. */
export const proofs: readonly Proof[] = [
  { layout: 'connect-pg-simple', zoned: true },
  {
    layout: 'connect-pg-simple',
    variant: 'renamed',
    table: { table: 'web_sessions' },
    layoutOptions: { timeZone: 'America/New_York' },
  },
  { layout: 'connect-session-knex' },
  {
    layout: 'connect-session-knex',
    variant: 'renamed',
    table: { table: 'web_sessions' },
    layoutOptions: { columns: { sid: 'session_id' } },
  },
  { layout: 'connect-session-sequelize' },
  { layout: 'connect-typeorm' },
  { layout: 'prisma-session-store', on: ['mysql', 'mariadb'] },
  // The zone has no effect on Prisma's wall clock.
  { layout: 'prisma-session-store', on: ['postgres'], zoned: true },
  { layout: 'express-mysql-session' },
  {
    layout: 'express-mysql-session',
    variant: 'renamed',
    table: { table: 'web_sessions' },
    layoutOptions: { columns: { session_id: 'key', expires: 'ends', data: 'body' } },
  },
  { layout: 'session-file-store', layoutOptions: { ttl: '1h' } },
  { layout: 'session-file-store', variant: 'secret', layoutOptions: { ttl: '1h' } },
];
