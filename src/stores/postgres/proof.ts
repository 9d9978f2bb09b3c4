import { escapeLiteral } from 'pg';
import { StoreError } from '../store-error.ts';
import type { CleanupRun } from './cleanup-run.ts';
import { codeOf } from './errors.ts';
import type { LeafPartition } from './leaf-partition.ts';
import type { LocalSettings } from './settings.ts';

/*
 * A run deletes for minutes what it checked at its start. So each DELETE asks the catalogue itself whether the relation
 * is still the one that was checked, and deletes nothing if it is not. By then the DELETE holds its lock, which keeps
 * away whatever could change a facet but the last two; and its snapshot is younger than the lock.
 */

/** All that would make a DELETE of the same words delete something else, in the order of the proof. */
const facets = [
  'its name',
  'the table that it is a partition of',
  'its time column',
  'its triggers or the foreign keys that refer to it',
  'its rules',
  'its row-level security',
  'its file',
  'the name of the table',
  'the comment with the mark',
] as const;
const root = facets.indexOf('the table that it is a partition of');
const file = facets.indexOf('its file');

/**
 * What an expression of SQL says of the relation with this oid, as JSON of one text a facet; NULL where it is gone. A
 * column that is altered, and be it to the same type, has another xmin; a table that is rewritten has another file. A
 * comment may be long: its hash stands for it.
 */
export const proofOf = (oid: string, timeColumn: string): string => `(
  SELECT json_build_array(
      l.oid::regclass::text,
      h.root::oid::text,
      (SELECT concat_ws(' ', a.attnum, a.atttypid, a.atttypmod, a.xmin) FROM pg_attribute a
        WHERE a.attrelid = l.oid AND a.attname = ${timeColumn} AND NOT a.attisdropped),
      CASE WHEN l.relhastriggers THEN
        (SELECT string_agg(concat(t.oid, t.tgenabled), ' ' ORDER BY t.oid) FROM pg_trigger t
          WHERE t.tgrelid = l.oid AND t.tgtype & 8 <> 0) END,
      CASE WHEN l.relhasrules THEN
        (SELECT string_agg(concat(w.oid, w.ev_enabled), ' ' ORDER BY w.oid) FROM pg_rewrite w WHERE w.ev_class = l.oid) END,
      row_security_active(l.oid)::text,
      l.relfilenode::text,
      h.root::text,
      (SELECT hashtextextended(d.description, 0)::text FROM pg_description d
        WHERE d.objoid = h.root AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0))::text
    FROM pg_class l, LATERAL (SELECT coalesce(pg_partition_root(l.oid), l.oid::regclass) AS root) AS h
   WHERE l.oid = ${oid})`;

type Proven = Pick<LeafPartition, 'oid' | 'rootOid' | 'proof'>;

/** The same of a leaf, for its own statements. */
export const proofIn = ({ oid }: Pick<LeafPartition, 'oid'>, timeColumn: string): string =>
  proofOf(`${oid}::oid`, escapeLiteral(timeColumn));

/** Why a leaf is worked on no more: a partition was dropped or detached, or pages and rows are not where they were. */
export type End = 'gone' | 'rewritten';

/** Thrown within a transaction, so that it is rolled back. */
class Unproven extends Error {
  readonly end: End;

  constructor(end: End) {
    super(end);
    this.end = end;
  }
}

const asFacets = (proof: string) => JSON.parse(proof) as readonly (string | null)[];

/** Which facets differ. */
const differences = (before: string, now: string): readonly number[] => {
  const [then, today] = [asFacets(before), asFacets(now)];
  return facets.flatMap((_facet, n) => (then[n] === today[n] ? [] : [n]));
};

const changed = (leaf: Proven, what: string) =>
  new StoreError(
    'StoreChanged',
    `Expected table ${asFacets(leaf.proof)[0]} to stay as this run had checked it; ${what} while ` +
      'clean-up worked on it: no session was deleted since then, and the next run checks the table again',
  );

/** Throws where what was found is not what was checked. */
function requireSame(leaf: Proven, found: string | null): void {
  if (found === leaf.proof) return;
  const isPartition = leaf.oid !== leaf.rootOid;
  if (found === null) throw isPartition ? new Unproven('gone') : changed(leaf, 'it was dropped');
  const different = differences(leaf.proof, found);
  if (isPartition && different.includes(root)) throw new Unproven('gone');
  if (different.every((facet) => facet === file)) throw new Unproven('rewritten');
  const names = different.filter((facet) => facet !== file).map((facet) => facets[facet]);
  throw changed(leaf, `${names.join(', ')} changed`);
}

type Proving = Pick<CleanupRun, 'connection' | 'layout'>;

/** What the catalogue says of a relation now. */
async function proofNow(
  { connection, layout }: Proving,
  leaf: Pick<LeafPartition, 'oid'>,
): Promise<string | null> {
  const { rows } = await connection.transaction(() =>
    connection.query<{ proof: string | null }>(`SELECT ${proofIn(leaf, layout.time.column)} AS proof`),
  );
  return rows[0]?.proof ?? null;
}

/** Whether an error may come of a change: not one of connection, resources, or what passes by itself. */
const mayComeOfChange = (error: unknown): boolean => {
  const code = error instanceof StoreError ? codeOf(error.cause) : '';
  return /^[0-9A-Z]{5}$/.test(code) && !/^(08|40|53|57|58|55P03)/.test(code);
};

/**
 * Works in a transaction that proves the leaf to be the one that was checked: its last statement reports the proof. Gives
 * the end of the leaf where a partition went or was rewritten; throws StoreChanged where it is not the same any more.
 */
export async function proven<T extends { readonly proof: string }>(
  proving: Proving,
  leaf: Proven,
  work: () => Promise<T>,
  settings: LocalSettings,
): Promise<T | End> {
  try {
    return await proving.connection.transaction(async () => {
      const result = await work();
      requireSame(leaf, result.proof);
      return result;
    }, settings);
  } catch (error) {
    return endOf(error, proving, leaf);
  }
}

async function endOf(error: unknown, proving: Proving, leaf: Proven): Promise<End> {
  try {
    if (mayComeOfChange(error)) {
      const found = await proofNow(proving, leaf);
      if (found !== null || leaf.oid !== leaf.rootOid) requireSame(leaf, found);
    }
    throw error;
  } catch (reason) {
    if (!(reason instanceof Unproven)) throw reason;
    if (reason.end === 'gone') await requireRoot(proving, leaf);
    return reason.end;
  }
}

/** A partition may go; the table that it belonged to may not. */
async function requireRoot(proving: Proving, leaf: Proven): Promise<void> {
  const found = await proofNow(proving, { oid: leaf.rootOid });
  const name = facets.indexOf('the name of the table');
  if (found === null || asFacets(found)[name] !== asFacets(leaf.proof)[name])
    throw changed(leaf, 'the table that it is a partition of went');
}
