import { createHash } from 'node:crypto';
import { StoreError } from '../store-error.ts';
import { type MysqlContext, nameOf, type Target } from './context.ts';
import { hasNumber } from './errors.ts';

/** Time that a set-up waits for another one of the same table. */
const patienceSeconds = 10;

/** Clusters with several writers refuse such locks: not supported yet (Galera), prohibited (Percona's strict mode). */
const refusals = [1235, 1105];

/** The same lock for every spelling under which a server may know the table; at most 64 characters. */
function lockName({ database, table }: Target): string {
  const place = JSON.stringify([database.toLowerCase(), table.toLowerCase()]);
  return `sessionstore:${createHash('sha256').update(place).digest('hex').slice(0, 32)}`;
}

/**
 * Does the work while no other set-up of the table runs, because MySQL writes a comment, and exchanges tables,
 * without a check of the current ones. The server releases the lock of a killed run. If the server refuses such
 * locks, the work is done nevertheless: two concurrent set-ups can then both claim the table, and the one whose mark
 * was overwritten detects that at its next run.
 */
export async function withSetupLock<T>(context: MysqlContext, work: () => Promise<T>): Promise<T> {
  const name = lockName(context.target);
  if (!(await locked(context, name))) return await work();
  try {
    return await work();
  } finally {
    // A lost connection has no lock.
    await context.connection.query('SELECT RELEASE_LOCK(?)', [name]).catch(() => undefined);
  }
}

/** True if the lock is held now; false if the server has no such locks. Throws LockTimeout. */
async function locked({ connection, target }: MysqlContext, name: string): Promise<boolean> {
  try {
    const [row] = await connection.query<{ taken: number | null }>('SELECT GET_LOCK(?, ?) AS taken', [
      name,
      patienceSeconds,
    ]);
    if (Number(row?.taken) === 1) return true;
  } catch (error) {
    if (hasNumber(error, ...refusals)) return false;
    throw error;
  }
  throw new StoreError(
    'LockTimeout',
    `Expected to set up table ${nameOf(target)}; another set-up of it has been running for ${patienceSeconds} s`,
  );
}
