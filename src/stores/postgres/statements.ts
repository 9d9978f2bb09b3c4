import { escapeIdentifier } from 'pg';
import type { PostgresLayout } from '../../layouts/layout.ts';
import type { Cutoff } from './cutoff.ts';
import type { Leaf } from './leaf.ts';

/**
 * Every statement that clean-up sends to one leaf. What is deleted is judged by the DELETE itself: under READ
 * COMMITTED it looks again at a row that somebody has changed meanwhile, whole predicate, before it deletes it.
 * SKIP LOCKED leaves a row alone that somebody has locked.
 */
export function cleanupStatements(leaf: Pick<Leaf, 'name'>, layout: PostgresLayout, { type }: Cutoff) {
  const from = `FROM ONLY ${leaf.name}`;
  const time = escapeIdentifier(layout.time.column);
  /** $1 is the cutoff everywhere. */
  const stale = `${time} < $1::${type}`;
  /** Pages $2 up to $3, as ctids. */
  const slice = `ctid >= $2::tid AND ctid < $3::tid`;
  const oldest = (rows: string) => `extract(epoch FROM min(${time}) ${rows})::float8`;
  const skippingLocked = (rows: string) => `
    DELETE ${from} WHERE ctid = ANY (ARRAY(SELECT ctid ${from} WHERE ${rows} FOR UPDATE SKIP LOCKED)) AND ${stale}`;
  return {
    /** Waits for a row that somebody has locked, as long as lock_timeout says. */
    deleteSlice: `DELETE ${from} WHERE ${slice} AND ${stale}`,
    /** Takes twice the time, and never waits. */
    deleteSliceUnlocked: skippingLocked(`${slice} AND ${stale}`),
    /** What is left in a slice. */
    countSlice: `
      SELECT count(*)::int AS rows,
             count(*) FILTER (WHERE ${stale})::int AS overdue,
             count(*) FILTER (WHERE ${time} IS NULL)::int AS unreadable,
             ${oldest(`FILTER (WHERE ${stale})`)} AS oldest
        ${from} WHERE ${slice}`,
    /** The $3 oldest from time $2 on; the lower bound keeps the scan off the entries of what is already gone. */
    deleteBatch: `
      WITH gone AS (
        DELETE ${from} WHERE ctid = ANY (ARRAY(
          SELECT ctid ${from} WHERE ${stale} AND ${time} >= $2::${type}
           ORDER BY ${time} LIMIT $3 FOR UPDATE SKIP LOCKED)) AND ${stale}
        RETURNING ${time} AS time)
      SELECT count(*)::int AS deleted, max(time)::text AS latest FROM gone`,
    /** Through the index, $2 at most. */
    countStale: `
      SELECT count(*)::int AS overdue, ${oldest('')} AS oldest
        FROM (SELECT ${time} ${from} WHERE ${stale} ORDER BY ${time} LIMIT $2) AS stale`,
    /** $1 at most. */
    countUnreadable: `
      SELECT count(*)::int AS unreadable FROM (SELECT ${from} WHERE ${time} IS NULL LIMIT $1) AS unreadable`,
    countRows: `SELECT count(*)::float8 AS rows ${from}`,
  };
}

export type CleanupStatements = ReturnType<typeof cleanupStatements>;
