import { StoreError } from '../store-error.ts';
import { type MysqlContext, quoted, quotedName } from './context.ts';

/*
 * Rights that an account needs:
 *
 * | To                                   | Rights, on the database or on the table                                 |
 * | ------------------------------------ | ----------------------------------------------------------------------- |
 * | make a table                         | CREATE, SELECT; REFERENCES for a layout with a second table (MySQL)       |
 * | adopt a table, and leave it unmarked | SELECT                                                                    |
 * | adopt a table, and mark it           | SELECT, ALTER                                                             |
 * | migrate it                           | SELECT, UPDATE, ALTER                                                     |
 * | add the clean-up index               | SELECT, ALTER                                                             |
 * | overwrite                            | CREATE, SELECT, INSERT, ALTER, DROP on the database                       |
 * | clean up                             | SELECT, DELETE                                                            |
 * | load, save and delete sessions       | SELECT, INSERT, DELETE                                                    |
 *
 * Triggers on the table are seen with TRIGGER alone (MariaDB: with SELECT and DELETE), foreign keys of another table with a
 * right on that one (MariaDB: on the database, other than SELECT). Other readable objects do not show them.
 */

type Context = Pick<MysqlContext, 'connection' | 'target' | 'layout'>;

/** Rights of each run: for set-up, those of all its variants. */
const rights = {
  setup: ({ target: { database }, layout }: Context) =>
    `SELECT, INSERT, UPDATE, CREATE, ALTER, DROP, TRIGGER${layout.children ? ', REFERENCES' : ''} ON ${quoted(database)}.*`,
  cleanup: ({ target }: Context) => `SELECT, DELETE ON ${quotedName(target)}`,
} as const;

/** `'app'@'10.%'`: the form of CURRENT_USER() as GRANT requires it. */
function quotedAccount(account: string): string {
  const at = account.lastIndexOf('@');
  const quote = (part: string) => `'${part.replaceAll("'", "''")}'`;
  return `${quote(account.slice(0, at))}@${quote(account.slice(at + 1))}`;
}

/** Does the work; an error for missing rights contains the statement that grants them. */
export async function withAdvice<T>(
  context: Context,
  run: keyof typeof rights,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreError) || error.reason !== 'PermissionDenied') throw error;
    const [row] = await context.connection.query<{ account: string }>('SELECT CURRENT_USER() AS account');
    const grant = `GRANT ${rights[run](context)} TO ${quotedAccount(row?.account ?? '')}`;
    throw new StoreError(error.reason, `${error.message}. Run as an administrator: ${grant}`, {
      cause: error.cause,
    });
  }
}
