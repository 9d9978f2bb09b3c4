import { escapeLiteral } from 'pg';
import { StoreError } from '../store-error.ts';
import type { End } from '../tables/walk.ts';
import type { CleanupRun } from './cleanup-run.ts';
import { codeOf } from './errors.ts';
import type { LeafPartition } from './leaf-partition.ts';
import type { LocalSettings } from './settings.ts';

/**
 * A run deletes for minutes from a relation that it checked at its start. So each DELETE queries the catalogue for the
 * checked facts, and deletes no rows if they differ. At that time the DELETE holds its lock, which prevents a change of
 * all facets except the last two; and its snapshot is younger than the lock.
 */

/** All facts with which the same DELETE would delete other rows, in the order of the proof. */
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
 * An SQL expression for the facts of the relation with this oid, as a JSON list of one text for each facet; NULL if it
 * is deleted. Triggers of a table with rows that go along count as its own. An altered column has another xmin, even
 * with the same type; a rewritten table has another file. A comment may be long, so its hash is used. `columns`: those
 * that the age is read from, as an array in SQL.
 */
export const proofOf = (oid: string, columns: string): string => `(
  SELECT json_build_array(
      l.oid::regclass::text,
      h.root::oid::text,
      (SELECT string_agg(concat_ws(' ', a.attnum, a.atttypid, a.atttypmod, a.xmin), ',' ORDER BY a.attnum)
         FROM pg_attribute a
        WHERE a.attrelid = l.oid AND a.attname = ANY (${columns}::text[]) AND NOT a.attisdropped),
      CASE WHEN l.relhastriggers THEN
        (SELECT string_agg(concat(t.oid, t.tgenabled), ' ' ORDER BY t.oid) FROM pg_trigger t
          WHERE t.tgtype & 8 <> 0 AND (t.tgrelid = l.oid OR t.tgrelid IN (
                SELECT c.tgconstrrelid FROM pg_trigger c
                 WHERE c.tgrelid = l.oid AND c.tgfoid = '"RI_FKey_cascade_del"'::regproc))) END,
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

/** The expression for a leaf partition, for its own statements. */
export const proofIn = ({ oid }: Pick<LeafPartition, 'oid'>, columns: readonly string[]): string =>
  proofOf(`${oid}::oid`, `ARRAY[${columns.map((column) => escapeLiteral(column)).join(', ')}]`);

/** Thrown within a transaction, so that it is rolled back. */
class Unproven extends Error {
  readonly end: End;

  constructor(end: End) {
    super(end);
    this.end = end;
  }
}

const asFacets = (proof: string) => JSON.parse(proof) as readonly (string | null)[];

/** The facets that differ. */
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

/** Throws if the facts differ from the checked ones. */
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

type Proving = Pick<CleanupRun, 'connection' | 'test'>;

/** The current facts of a relation. */
async function proofNow(
  { connection, test }: Proving,
  leaf: Pick<LeafPartition, 'oid'>,
): Promise<string | null> {
  const { rows } = await connection.transaction(() =>
    connection.query<{ proof: string | null }>(`SELECT ${proofIn(leaf, test.columns)} AS proof`),
  );
  return rows[0]?.proof ?? null;
}

/**
 * True if a change of the table may cause the error: it is not one of connection or resources, or one that passes by
 * itself.
 */
const mayComeOfChange = (error: unknown): boolean => {
  const code = error instanceof StoreError ? codeOf(error.cause) : '';
  return /^[0-9A-Z]{5}$/.test(code) && !/^(08|40|53|57|58|55P03)/.test(code);
};

/**
 * Works in a transaction that proves the leaf to be the one that was checked: its last statement returns the proof.
 * Returns the end of the leaf if a partition was removed or rewritten; throws StoreChanged if another fact differs.
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

/** A partition may be removed; the table that it belonged to may not. */
async function requireRoot(proving: Proving, leaf: Proven): Promise<void> {
  const found = await proofNow(proving, { oid: leaf.rootOid });
  const name = facets.indexOf('the name of the table');
  if (found === null || asFacets(found)[name] !== asFacets(leaf.proof)[name])
    throw changed(leaf, 'the table that it is a partition of went');
}
