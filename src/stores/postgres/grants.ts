import { escapeIdentifier } from 'pg';
import { StoreError } from '../store-error.ts';
import { nameOf, quotedName, type Target } from './context.ts';

/*
 * Rights that a role needs:
 *
 * | To                                   | Rights                                                                     |
 * | ------------------------------------ | -------------------------------------------------------------------------- |
 * | connect                              | CONNECT on the database (every role has it unless it was revoked)           |
 * | make a table                         | USAGE and CREATE on the schema                                              |
 * | make the layout's own schema         | CREATE on the database                                                      |
 * | adopt a table, and leave it unmarked | no further rights: every role can read the catalogue                       |
 * | adopt a table, and mark it           | to own it, or to be a member of the role that does                          |
 * | add the clean-up index               | to own the table, and CREATE on the schema                                  |
 * | overwrite                            | to own the table, and CREATE on the schema                                  |
 * | clean up                             | USAGE on the schema; SELECT, DELETE, and UPDATE on one column, on the table |
 * | load, save and delete sessions       | USAGE on the schema; SELECT, INSERT, UPDATE, DELETE on the table            |
 *
 * Clean-up does not update rows: PostgreSQL requires UPDATE on any one column for SELECT … FOR UPDATE. On a
 * partitioned table it needs its rights on every partition, because it cleans them one by one.
 */

const denied = (message: string) => new StoreError('PermissionDenied', message);

/** The error for a role that may not create tables: since PostgreSQL 15 also in `public`. */
export function mayNotCreate(role: string, { schema }: Target): StoreError {
  return denied(
    `The role ${role} may not make a table in schema ${schema}. Run as the schema's owner: ` +
      `GRANT USAGE, CREATE ON SCHEMA ${escapeIdentifier(schema)} TO ${escapeIdentifier(role)}`,
  );
}

/** The error for a role that may not make the schema that the layout names. */
export function mayNotCreateSchema(role: string, { schema }: Target, database: string): StoreError {
  const [quoted, to, where] = [schema, role, database].map((name) => escapeIdentifier(name));
  return denied(
    `The role ${role} may not make the schema ${schema} in database ${database}. Run as the database's owner: ` +
      `CREATE SCHEMA ${quoted} AUTHORIZATION ${to}; or GRANT CREATE ON DATABASE ${where} TO ${to}`,
  );
}

/** The error for a role that is not the owner, but was asked for work that only an owner can do. */
export function notOwner(role: string, target: Target, owner: string, what: string): StoreError {
  return denied(
    `Only the owner of table ${nameOf(target)}, ${owner}, can ${what}. Run as ${owner}: ` +
      `GRANT ${escapeIdentifier(owner)} TO ${escapeIdentifier(role)}; or give the table away: ` +
      `ALTER TABLE ${quotedName(target)} OWNER TO ${escapeIdentifier(role)}`,
  );
}

/** The error for a role without the rights for clean-up; `column` is the one for which to grant UPDATE. */
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
