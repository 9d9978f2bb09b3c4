import { escapeIdentifier } from 'pg';
import { StoreError } from '../store-error.ts';
import { quotedName, type Target } from './context.ts';

/*
 * What a role needs:
 *
 * | To                                   | Rights                                                                     |
 * | ------------------------------------ | -------------------------------------------------------------------------- |
 * | connect                              | CONNECT on the database (everybody has it unless it was revoked)            |
 * | make a table                         | USAGE and CREATE on the schema                                              |
 * | adopt a table, and leave it unmarked | none: the catalogue is open to everybody                                    |
 * | adopt a table, and mark it           | to own it, or to be a member of the role that does                          |
 * | add the clean-up index               | to own the table, and CREATE on the schema                                  |
 * | overwrite                            | to own the table, and CREATE on the schema                                  |
 * | clean up                             | USAGE on the schema; SELECT, DELETE, and UPDATE on one column, on the table |
 * | load, save and delete sessions       | USAGE on the schema; SELECT, INSERT, UPDATE, DELETE on the table            |
 *
 * Clean-up updates nothing: UPDATE on any one column is what PostgreSQL asks of SELECT … FOR UPDATE. On a
 * partitioned table it needs its rights on every partition, as it goes through them one by one.
 */

const denied = (message: string) => new StoreError('PermissionDenied', message);

/** A role that may not make tables: since PostgreSQL 15 that is so for `public`, too. */
export function mayNotCreate(role: string, { schema }: Target): StoreError {
  return denied(
    `The role ${role} may not make a table in schema ${schema}. Run as the schema's owner: ` +
      `GRANT USAGE, CREATE ON SCHEMA ${escapeIdentifier(schema)} TO ${escapeIdentifier(role)}`,
  );
}

/** A role that is not the table's owner and was asked to do what only an owner can. */
export function notOwner(role: string, target: Target, owner: string, what: string): StoreError {
  return denied(
    `Only the owner of table ${target.schema}.${target.table}, ${owner}, can ${what}. Run as ${owner}: ` +
      `GRANT ${escapeIdentifier(owner)} TO ${escapeIdentifier(role)}; or give the table away: ` +
      `ALTER TABLE ${quotedName(target)} OWNER TO ${escapeIdentifier(role)}`,
  );
}

/** A role that lacks what clean-up needs; `column` is the one to grant UPDATE on. */
export function mayNotClean(
  role: string,
  schema: string,
  tables: readonly Target[],
  column: string,
): StoreError {
  const to = escapeIdentifier(role);
  const grants = tables
    .slice(0, 3)
    .map(
      (table) =>
        `GRANT SELECT, DELETE, UPDATE (${escapeIdentifier(column)}) ON ${quotedName(table)} TO ${to}`,
    );
  const usage = `GRANT USAGE ON SCHEMA ${escapeIdentifier(schema)} TO ${to}`;
  const more = tables.length > 3 ? `; and the same on ${tables.length - 3} more partitions` : '';
  return denied(
    `The role ${role} may not clean up. Run as the owner: ${[usage, ...grants].join('; ')}${more}`,
  );
}
