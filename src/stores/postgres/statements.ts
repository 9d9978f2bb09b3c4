import { escapeIdentifier, escapeLiteral } from 'pg';
import type { PostgresLayout } from '../../layouts/layout.ts';
import type { Cutoff } from './cutoff.ts';
import type { LeafPartition } from './leaf-partition.ts';
import { proofIn } from './proof.ts';

const tids = (ctids: readonly string[]) => `{${ctids.map((ctid) => `"${ctid}"`).join(',')}}`;

/**
 * Every statement that clean-up sends to one leaf. What is deleted is judged by the DELETE itself: under READ
 * COMMITTED it looks again at a row that somebody has changed meanwhile, whole predicate, before it deletes it.
 * SKIP LOCKED leaves a row alone that somebody has locked. Each DELETE deletes nothing where the relation is not the
 * one that was checked, and the last statement of each transaction says what it is now. `skipped`: the ctids of rows
 * that a batch leaves out.
 */
export function cleanupStatements(
  leaf: Pick<LeafPartition, 'name' | 'oid' | 'proof'>,
  layout: PostgresLayout,
  { type }: Cutoff,
  skipped: readonly string[] = [],
) {
  const from = `FROM ONLY ${leaf.name}`;
  const time = escapeIdentifier(layout.time.column);
  const proof = proofIn(leaf, layout.time.column);
  /** The name may have come to mean another relation since: it is looked up here once FROM has locked what it means. */
  const isSame = `${escapeLiteral(leaf.name)}::regclass::oid = ${leaf.oid}::oid AND ${proof} = ${escapeLiteral(leaf.proof)}`;
  /** $1 is the cutoff everywhere. */
  const stale = `${time} < $1::${type}`;
  /** Of a DELETE, whose cutoff is NULL without the proof: asked once a statement, it costs a row no comparison more. */
  const staleIfSame = `${time} < (SELECT $1::${type} WHERE ${isSame})`;
  /** The same where no index shall serve it. */
  const staleHere = `(${stale}) IS TRUE`;
  /** Pages $2 up to $3, as ctids. */
  const slice = `ctid >= $2::tid AND ctid < $3::tid`;
  const without = skipped.length > 0 ? `AND ctid <> ALL (${escapeLiteral(tids(skipped))}::tid[])` : '';
  const oldest = (rows: string) => `extract(epoch FROM min(${time}) ${rows})::float8`;
  const skippingLocked = (rows: string) => `
    DELETE ${from} WHERE ctid = ANY (ARRAY(SELECT ctid ${from} WHERE ${rows} FOR UPDATE SKIP LOCKED)) AND ${staleIfSame}`;
  /** The $3 oldest from time $2 on; the lower bound keeps the scan off the entries of what is already gone. */
  const batch = `
    ${from} WHERE ${stale} AND ${time} >= $2::${type} ${without}
    ORDER BY ${time} LIMIT $3 FOR UPDATE SKIP LOCKED`;
  return {
    /** Waits for a row that somebody has locked, as long as lock_timeout says. */
    deleteSlice: `DELETE ${from} WHERE ${slice} AND (${staleIfSame}) IS TRUE`,
    /** Takes twice the time, and never waits. */
    deleteSliceUnlocked: skippingLocked(`${slice} AND ${staleHere}`),
    /** Of the rows $2 those that are stale still. */
    deleteRows: `DELETE ${from} WHERE ctid = ANY ($2::tid[]) AND ${staleIfSame}`,
    /** Which of the rows $1 one of the expressions holds for. */
    findReferenced: (references: readonly string[]) =>
      `SELECT ctid::text FROM ONLY ${leaf.name} AS t WHERE ctid = ANY ($1::tid[]) AND (${references.join(' OR ')})`,
    /** What there is to delete in a slice, locked. */
    lockSlice: `SELECT ctid::text ${from} WHERE ${slice} AND ${staleHere} FOR UPDATE SKIP LOCKED`,
    /** The same of a batch. */
    lockBatch: `SELECT ctid::text, ${time}::text AS time ${batch}`,
    /** What is left in a slice. */
    countSlice: `
      SELECT count(*)::int AS rows,
             count(*) FILTER (WHERE ${stale})::int AS overdue,
             count(*) FILTER (WHERE ${time} IS NULL)::int AS unreadable,
             ${oldest(`FILTER (WHERE ${stale})`)} AS oldest,
             ${proof} AS proof
        ${from} WHERE ${slice}`,
    deleteBatch: `
      WITH gone AS (
        DELETE ${from} WHERE ctid = ANY (ARRAY(SELECT ctid ${batch})) AND ${staleIfSame}
        RETURNING ${time} AS time)
      SELECT count(*)::int AS deleted, max(time)::text AS latest, ${proof} AS proof FROM gone`,
    /** Through the index, $2 at most. */
    countStale: `
      SELECT count(*)::int AS overdue, ${oldest('')} AS oldest
        FROM (SELECT ${time} ${from} WHERE ${stale} ORDER BY ${time} LIMIT $2) AS stale`,
    /** $1 at most. */
    countUnreadable: `
      SELECT count(*)::int AS unreadable, ${proof} AS proof
        FROM (SELECT ${from} WHERE ${time} IS NULL LIMIT $1) AS unreadable`,
    proof: `SELECT ${proof} AS proof`,
    countRows: `SELECT count(*)::float8 AS rows, ${proof} AS proof ${from}`,
  };
}

export type CleanupStatements = ReturnType<typeof cleanupStatements>;
