import type { TableForm } from '../../layouts/table-form.ts';
import { typeIn } from '../tables/shape-types.ts';
import type { Cutoffs, StaleRule } from '../tables/stale-rule.ts';
import {
  type StaleTest,
  staleBy,
  staleByAny,
  staleInPass,
  staleTestOf,
  unreadableIn,
} from '../tables/stale-test.ts';
import type { TableFacts } from './catalogue.ts';
import { placeholderFor } from './column-type.ts';
import type { Flavour } from './connection.ts';
import { quoted, quotedName, type Target } from './context.ts';
import { keyIndexOf, timeIndexOf } from './shape.ts';
import { type TableKey, tableKey } from './table-key.ts';
import { timeWords } from './time-words.ts';

/** A rule of age, and the index that serves it. */
export interface IndexedRule extends StaleRule {
  /** True for a row that this rule takes: stale by it, and not by an earlier rule. */
  readonly takes: string;
  /** The index on its time, where there is one. */
  readonly index?: string;
  /** The index on the column that says which rows the rule is about. */
  readonly whenIndex?: string;
}

/** One table as clean-up goes over it. */
export interface CleanupTable {
  readonly name: string;
  /** The primary key: a pass over the table follows it. */
  readonly key: TableKey;
  /** FORCE INDEX for a walk in order of the key, for any statistics. */
  readonly byKey: string;
  readonly test: StaleTest;
  /** Each rule of age, in the layout's order. */
  readonly rules: readonly IndexedRule[];
  readonly rowEstimate: number;
}

/** The test of a stale row for the columns that were found. */
export function testIn(
  layout: TableForm,
  { columns }: Pick<TableFacts, 'columns'>,
  facts: { readonly cutoffs: Cutoffs; readonly timeZone: string | undefined },
): StaleTest {
  const found = columns.map(({ name, type, nullable }) => ({ name, type, notNull: !nullable }));
  return staleTestOf(layout, { ...facts, found, words: timeWords });
}

export function cleanupTableOf(
  target: Target,
  layout: TableForm,
  table: TableFacts,
  facts: { readonly cutoffs: Cutoffs; readonly timeZone: string | undefined },
): CleanupTable {
  const test = testIn(layout, table, facts);
  const key = keyIndexOf(table);
  if (!key) throw new Error('Expected the table to have a key');
  const columns = key.columns.flatMap((name) =>
    name === null ? [] : [{ name, type: typeIn(table.columns, name) }],
  );
  return {
    name: quotedName(target),
    key: tableKey(columns),
    test,
    byKey: `FORCE INDEX (${quoted(key.name)})`,
    rules: rulesOf(layout, table, test),
    rowEstimate: table.rowEstimate,
  };
}

function rulesOf({ rules }: TableForm, table: TableFacts, test: StaleTest): readonly IndexedRule[] {
  return test.rules.map((rule, pass) => {
    const when = rules[pass]?.when;
    const index = rule.isRange ? timeIndexOf(table, rule.columnName) : undefined;
    const whenIndex = when && timeIndexOf(table, when.column);
    return {
      ...rule,
      takes: staleInPass(test, pass),
      ...(index !== undefined && { index: quoted(index) }),
      ...(whenIndex !== undefined && { whenIndex: quoted(whenIndex) }),
    };
  });
}

/**
 * Every statement of a pass in order of the key, and of what is known by its keys. A DELETE evaluates the
 * whole condition again after it locks a row; under READ COMMITTED it releases the locks of rows that do not match.
 */
export function cleanupStatements({ name, key, byKey, test, rowEstimate }: CleanupTable) {
  const stale = `(${staleByAny(test)})`;
  const unreadable = unreadableIn(test) ?? 'FALSE';
  const after = (from: unknown) => (from === undefined ? 'TRUE' : key.after);
  const slice = (from: unknown) => `${key.upTo} AND ${after(from)}`;
  const oldest = test.rules.map(
    (rule, number) =>
      `${rule.secondsOf(`MIN(IF(${staleBy(rule)}, ${rule.value}, NULL))`)} AS oldest${number}`,
  );
  return {
    /** The key of the last of the next rows in order of the key. */
    keyAt: (from: unknown) => `
      SELECT ${key.selected} FROM ${name} ${byKey} WHERE ${after(from)} ORDER BY ${key.ascending} LIMIT 1 OFFSET ?`,
    lastKey: (from: unknown) =>
      `SELECT ${key.selected} FROM ${name} ${byKey} WHERE ${after(from)} ORDER BY ${key.descending} LIMIT 1`,
    /** How many rows a slice has, and what they are. */
    countSlice: (from: unknown) => `
      SELECT COUNT(*) AS \`rows\`, SUM(${stale}) AS overdue, SUM(${unreadable}) AS unreadable, ${oldest.join(', ')}
        FROM ${name} ${byKey} WHERE ${inSession(test, slice(from))}`,
    findStale: (from: unknown) => `SELECT 1 FROM ${name} ${byKey} WHERE ${stale} AND ${slice(from)} LIMIT 1`,
    /** Waits for locked rows, including live ones. */
    deleteSlice: (from: unknown) => `DELETE s FROM ${name} AS s ${byKey} WHERE ${stale} AND ${slice(from)}`,
    /** Locks the stale rows of a slice, except rows that another session has locked. */
    lockSlice: (from: unknown) =>
      `SELECT ${key.selected} FROM ${name} ${byKey} WHERE ${stale} AND ${slice(from)} FOR UPDATE SKIP LOCKED`,
    /**
     * Deletes what is locked, by its keys. The form for several tables takes FORCE INDEX: a scan would wait for locks.
     */
    delete: (count: number, ignore = false) =>
      `DELETE ${ignore ? 'IGNORE ' : ''}s FROM ${name} AS s ${byKey} WHERE ${stale} AND ${key.among(count)}`,
    countKeys: (count: number) =>
      `SELECT COUNT(*) AS \`rows\` FROM ${name} ${byKey} WHERE ${key.among(count)}`,
    countRows: (flavour: Flavour) =>
      limited(
        flavour,
        rowEstimate > smallTable ? 100 : 2000,
        `COUNT(*) AS \`rows\` FROM ${name}${test.session === undefined ? '' : ` WHERE ${test.session}`}`,
      ),
  };
}

const inSession = ({ session }: StaleTest, condition: string): string =>
  session === undefined ? condition : `${condition} AND ${session}`;

/** Rows that are counted in a moment, even on a server that has much else to do. */
const smallTable = 50_000;

/** A SELECT that the server gives up after so many milliseconds. */
export const limited = (flavour: Flavour, ms: number, selected: string): string =>
  flavour === 'MySQL'
    ? `SELECT /*+ MAX_EXECUTION_TIME(${ms}) */ ${selected}`
    : `SET STATEMENT max_statement_time = ${ms / 1000} FOR SELECT ${selected}`;

/** Every statement of a walk through the index of a rule, which has one. */
export function indexStatements(
  { name, key }: CleanupTable,
  { column: time, kind, type, value, takes, secondsOf, index = '', whenIndex = '' }: IndexedRule,
) {
  /** The time as it can be sent again, and a placeholder for that. */
  const sent = kind === 'number' ? time : `CAST(${time} AS CHAR)`;
  const placeholder = placeholderFor(type);
  const byTime = `FORCE INDEX (${index})`;
  const after = (from: unknown) => (from === undefined ? 'TRUE' : key.after);
  const since = (from: unknown) => (from === undefined ? takes : `${time} >= ${placeholder} AND ${takes}`);
  /** The last span ends at the cutoff. */
  const span = (from: unknown, end: unknown) =>
    end === undefined ? since(from) : `${since(from)} AND ${time} < ${placeholder}`;
  return {
    /**
     * The column `rows` is how many rows are stale by the server's estimate, which looks into the index for it: told
     * to use the index at all costs, MySQL saves itself the look.
     */
    explainStale: `EXPLAIN FORMAT = TRADITIONAL SELECT 1 FROM ${name} USE INDEX (${index}) WHERE ${takes}`,
    /** One row that the rule takes, by the index on the column that says which rows it is about. */
    findTaken: `SELECT 1 FROM ${name} FORCE INDEX (${whenIndex}) WHERE ${takes} LIMIT 1`,
    /** The time of the row that comes after the next ones in order of time. */
    spanEnd: (from: unknown) => `
      SELECT ${sent} AS time FROM ${name} ${byTime} WHERE ${since(from)} ORDER BY ${time} LIMIT 1 OFFSET ?`,
    /** Waits for locked rows. */
    deleteSpan: (from: unknown, end: unknown) =>
      `DELETE s FROM ${name} AS s ${byTime} WHERE ${span(from, end)}`,
    /** Locks the same rows, except locked ones. */
    lockSpan: (from: unknown, end: unknown) =>
      `SELECT ${key.selected} FROM ${name} ${byTime} WHERE ${span(from, end)} FOR UPDATE SKIP LOCKED`,
    /** Locks the next rows of one time in order of the key, except locked ones. */
    lockSameTime: (from: unknown) => `
      SELECT ${key.selected} FROM ${name} ${byTime}
       WHERE ${time} = ${placeholder} AND ${takes} AND ${after(from)} ORDER BY ${key.ascending} LIMIT ? FOR UPDATE SKIP LOCKED`,
    /** The first time after one. */
    nextTime: `
      SELECT ${sent} AS time FROM ${name} ${byTime} WHERE ${time} > ${placeholder} AND ${takes} ORDER BY ${time} LIMIT 1`,
    countStale: (limit: number) => `
      SELECT COUNT(*) AS overdue, ${secondsOf('MIN(t)')} AS seconds
        FROM (SELECT ${value} AS t FROM ${name} ${byTime} WHERE ${takes} ORDER BY ${time} LIMIT ${limit}) AS stale`,
    countUnreadable: (unreadable: string, limit: number) => `
      SELECT COUNT(*) AS unreadable
        FROM (SELECT 1 FROM ${name} ${byTime} WHERE ${unreadable} LIMIT ${limit}) AS unreadable`,
  };
}
