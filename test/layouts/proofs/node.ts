import type { PlaceKind, Table } from '../places.ts';
import type { Proof } from '../proof.ts';
import { node as runtime } from '../runtimes/node.ts';

export { runtime };

const mysql: readonly PlaceKind[] = ['mysql', 'mariadb'];
const table = (name: string): Table => ({ table: name });

const betterAuth: Proof = {
  layout: 'better-auth',
  layoutOptions: { deletePreserved: true },
  cleansNothing: true,
};
const betterAuthDrizzle: Proof = {
  ...betterAuth,
  variant: 'drizzle',
  layoutOptions: { deletePreserved: true, columns: { expiresAt: 'expires_at' } },
};
const authjs: Proof = { layout: 'authjs', cleansNothing: true };

const standIn = 'statements by hand: no package of .NET is to be had';

/** Libraries of npm that have sessions of their own. */
export const proofs: readonly Proof[] = [
  { layout: 'adonisjs', on: ['postgres'] },
  { layout: 'adonisjs', on: mysql, zoned: true },
  { layout: 'adonisjs-files', layoutOptions: { ttl: '1h' }, cleansNothing: true },
  { ...betterAuth, on: ['postgres'] },
  { ...betterAuth, on: mysql, zoned: true },
  { ...betterAuthDrizzle, on: ['postgres'] },
  { ...betterAuthDrizzle, on: mysql, zoned: true },
  { ...authjs, on: ['postgres'] },
  { ...authjs, on: ['postgres'], variant: 'kysely', table: table('Session') },
  { ...authjs, on: ['postgres'], variant: 'drizzle', table: table('session') },
  { ...authjs, on: ['postgres'], variant: 'prisma', table: table('Session') },
  { ...authjs, on: mysql, variant: 'drizzle', zoned: true },
  { ...authjs, on: mysql, variant: 'prisma', table: table('Session') },
  { layout: 'lucia', on: ['postgres'] },
  { layout: 'lucia', on: mysql, zoned: true },
  { layout: 'lucia', variant: 'drizzle', on: ['postgres'], table: table('session') },
  // Drizzle writes UTC into a DATETIME.
  {
    layout: 'lucia',
    variant: 'drizzle',
    on: mysql,
    table: table('session'),
    layoutOptions: { timeZone: 'UTC' },
  },
  {
    layout: 'aspnet-cache',
    standIn,
    // The parameter of the index is PostgreSQL's own default.
    sameShape: (shape) => shape.replace(/ WITH \(deduplicate_items='?true'?\)/, ''),
  },
  {
    layout: 'aspnet-cache',
    variant: 'community',
    layoutOptions: { variant: 'community' },
    standIn,
    table: table('Entries'),
  },
];
