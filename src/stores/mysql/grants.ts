import { StoreError } from '../../runner/store-error.ts';
import { quoted, quotedName, type Target } from './context.ts';

/*
 * What an account needs:
 *
 * | To                                   | Rights, on the database or on the table                                 |
 * | ------------------------------------ | ----------------------------------------------------------------------- |
 * | make a table                         | CREATE, SELECT                                                            |
 * | adopt a table, and leave it unmarked | SELECT                                                                    |
 * | adopt a table, and mark it; migrate  | SELECT, UPDATE, ALTER (for an index INDEX, too)                           |
 * | overwrite                            | CREATE, SELECT, INSERT, ALTER, DROP on the database                       |
 * | clean up                             | SELECT, DELETE                                                            |
 *
 * Triggers on the table are seen with TRIGGER alone.
 */

/** What set-up asks for in a refusal: all that any of its ways takes. */
const setupRights = 'SELECT, INSERT, UPDATE, CREATE, ALTER, INDEX, DROP, TRIGGER';

/** Whoever the account is, in the words of CURRENT_USER(). */
const forWhom = 'for the Secret’s account (SELECT CURRENT_USER() names it)';

/** A refusal with the statement that lifts it; what else is thrown passes. */
export function withAdvice(error: unknown, target: Target, task: 'setup' | 'cleanup'): unknown {
  if (!(error instanceof StoreError) || error.reason !== 'PermissionDenied') return error;
  const grant =
    task === 'setup'
      ? `GRANT ${setupRights} ON ${quoted(target.database)}.* TO …`
      : `GRANT SELECT, DELETE ON ${quotedName(target)} TO …`;
  return new StoreError(error.reason, `${error.message}. Run as an administrator, ${forWhom}: ${grant}`, {
    cause: error.cause,
  });
}
