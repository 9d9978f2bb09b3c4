import { escapeLiteral } from 'pg';
import {
  type Constant,
  literalOf,
  type StaleTest,
  staleBy,
  staleByAny,
  staleInPass,
  unreadableIn,
} from '../tables/stale-test.ts';
import type { LeafPartition } from './leaf-partition.ts';
import { proofIn } from './proof.ts';
import { constantTypeOf } from './time-words.ts';

const tids = (ctids: readonly string[]) => `{${ctids.map((ctid) => `"${ctid}"`).join(',')}}`;

/**
 * Every statement that clean-up sends to one leaf. The DELETE itself decides which rows are stale: under READ COMMITTED
 * it evaluates the whole predicate again for a row that another session has changed in the meantime. SKIP LOCKED leaves
 * locked rows. Each DELETE deletes no rows if the relation differs from the checked one, and the last statement of each
 * transaction returns the current facts. Slices and counts are about all rules; batches about the rule of the pass,
 * without the rows that an earlier pass takes.
 */
export function cleanupStatements(
  leaf: Pick<LeafPartition, 'name' | 'oid' | 'proof'>,
  test: StaleTest,
  { pass, skipped = [] }: { readonly pass?: number; readonly skipped?: readonly string[] } = {},
) {
  const from = `FROM ONLY ${leaf.name}`;
  const proof = proofIn(leaf, test.columns);
  const rule = test.rules[pass ?? 0] ?? test.rules[0];
  const time = rule.column;
  const type = constantTypeOf(rule.kind, rule.type);
  /** The name may refer to another relation by now: it is looked up here after FROM has locked its relation. */
  const isSame = `${escapeLiteral(leaf.name)}::regclass::oid = ${leaf.oid}::oid AND ${proof} = ${escapeLiteral(leaf.proof)}`;
  const condition = (constant?: Constant): string =>
    pass === undefined ? staleByAny(test, constant) : staleInPass(test, pass, constant);
  const stale = condition();
  /**
   * For a DELETE: without the proof its cutoff is NULL. Evaluated once for each statement, so a row needs no further
   * comparison.
   */
  const staleIfSame = condition((one) => `(SELECT ${literalOf(one)} WHERE ${isSame})`);
  /** The same condition in a form that no index can serve. */
  const staleHere = `(${stale}) IS TRUE`;
  const unreadable = unreadableIn(test) ?? 'false';
  const oldest = test.rules.map(
    (one, number) =>
      `${one.secondsOf(`min(${one.value}) FILTER (WHERE ${staleBy(one)})`)} AS oldest${number}`,
  );
  const isSession = test.session ?? 'true';
  /** Pages $1 up to $2, as ctids. */
  const slice = `ctid >= $1::tid AND ctid < $2::tid`;
  const without = skipped.length > 0 ? `AND ctid <> ALL (${escapeLiteral(tids(skipped))}::tid[])` : '';
  const skippingLocked = (rows: string) => `
    DELETE ${from} WHERE ctid = ANY (ARRAY(SELECT ctid ${from} WHERE ${rows} FOR UPDATE SKIP LOCKED)) AND (${staleIfSame})`;
  /** The $2 oldest from time $1 on; the lower bound keeps the scan away from entries of deleted rows. */
  const batch = `
    ${from} WHERE ${stale} AND ${time} >= $1::${type} ${without}
    ORDER BY ${time} LIMIT $2 FOR UPDATE SKIP LOCKED`;
  return {
    /** Waits for a locked row, up to lock_timeout. */
    deleteSlice: `DELETE ${from} WHERE ${slice} AND (${staleIfSame}) IS TRUE`,
    /** Takes twice the time, and never waits. */
    deleteSliceUnlocked: skippingLocked(`${slice} AND ${staleHere}`),
    /** Deletes those of the rows $1 that are still stale. */
    deleteRows: `DELETE ${from} WHERE ctid = ANY ($1::tid[]) AND (${staleIfSame})`,
    /** Those of the rows $1 for which one of the expressions is true. */
    findReferenced: (references: readonly string[]) =>
      `SELECT ctid::text FROM ONLY ${leaf.name} AS t WHERE ctid = ANY ($1::tid[]) AND (${references.join(' OR ')})`,
    /** Stale rows of a slice, locked. */
    lockSlice: `SELECT ctid::text ${from} WHERE ${slice} AND ${staleHere} FOR UPDATE SKIP LOCKED`,
    /** Stale rows of a batch, locked. */
    lockBatch: `SELECT ctid::text, ${time}::text AS time ${batch}`,
    /** Remaining rows of a slice. */
    countSlice: `
      SELECT count(*)::int AS rows,
             count(*) FILTER (WHERE ${stale})::int AS overdue,
             count(*) FILTER (WHERE ${unreadable})::int AS unreadable,
             ${oldest.join(', ')},
             ${proof} AS proof
        ${from} WHERE ${slice} AND ${isSession}`,
    deleteBatch: `
      WITH gone AS (
        DELETE ${from} WHERE ctid = ANY (ARRAY(SELECT ctid ${batch})) AND (${staleIfSame})
        RETURNING ${time} AS time)
      SELECT count(*)::int AS deleted, max(time)::text AS latest, ${proof} AS proof FROM gone`,
    /** Through the index, at most $1. */
    countStale: `
      SELECT count(*)::int AS overdue, ${rule.secondsOf(`min(${time})`)} AS seconds
        FROM (SELECT ${time} ${from} WHERE ${stale} ORDER BY ${time} LIMIT $1) AS stale`,
    /** Whether any row is stale by the rule. */
    findStale: `SELECT EXISTS (SELECT ${from} WHERE ${stale}) AS found, ${proof} AS proof`,
    /** At most $1. */
    countUnreadable: `
      SELECT count(*)::int AS unreadable, ${proof} AS proof
        FROM (SELECT ${from} WHERE ${unreadable} LIMIT $1) AS unreadable`,
    proof: `SELECT ${proof} AS proof`,
    countRows: `SELECT count(*)::float8 AS rows, ${proof} AS proof ${from} WHERE ${isSession}`,
  };
}
