import { escape as literal } from 'mysql2';
import type { TableForm } from '../../layouts/table-form.ts';
import type { TableFacts } from './catalogue.ts';
import type { Flavour } from './connection.ts';
import { quoted, quotedName, type Target } from './context.ts';
import { keyIndexOf, timeIndexOf } from './shape.ts';
import { type RuleFacts, type StaleRule, staleRule } from './stale-rule.ts';
import { type TableKey, tableKey } from './table-key.ts';

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
  /** Each rule of age, in the layout's order. */
  readonly rules: readonly IndexedRule[];
  /** True for a row that is stale by any rule. */
  readonly stale: string;
  /** True for a row that no rule can read and no rule takes. */
  readonly unreadable: string;
  /** True for a row that is a session; undefined if each one is. */
  readonly only?: string;
  readonly rowEstimate: number;
}

export function cleanupTableOf(
  target: Target,
  layout: TableForm,
  table: TableFacts,
  facts: Omit<RuleFacts, 'typeOf'>,
): CleanupTable {
  const typeOf = (name: string) => table.columns.find((column) => column.name === name)?.type ?? '';
  const only = layout.only && onlyOf(layout.only);
  const rules = rulesOf(layout, table, { ...facts, typeOf }, only);
  const key = keyIndexOf(table);
  if (!key) throw new Error('Expected the table to have a key');
  const columns = key.columns.flatMap((name) => (name === null ? [] : [{ name, type: typeOf(name) }]));
  const stale = anyOf(rules.map((rule) => rule.stale));
  const unreadable = anyOf(rules.map((rule) => rule.unreadable));
  return {
    ...{ name: quotedName(target), key: tableKey(columns) },
    byKey: `FORCE INDEX (${quoted(key.name)})`,
    ...{ rules, stale: both(stale, only), rowEstimate: table.rowEstimate },
    unreadable: rules.length === 1 ? unreadable : `${unreadable} AND (${stale}) IS NOT TRUE`,
    ...(only !== undefined && { only }),
  };
}

function rulesOf(
  layout: TableForm,
  table: TableFacts,
  facts: RuleFacts,
  only: string | undefined,
): readonly IndexedRule[] {
  const compiled = layout.rules.map((rule) => staleRule(rule, facts));
  return layout.rules.map(({ at, when }, number) => {
    const rule = compiled[number] as StaleRule;
    const others = compiled.slice(0, number).map(({ stale }) => `(${stale}) IS NOT TRUE`);
    const index = rule.isRange ? timeIndexOf(table, at.column) : undefined;
    const whenIndex = when && timeIndexOf(table, when.column);
    return {
      ...rule,
      takes: [both(rule.stale, only), ...others].join(' AND '),
      ...(index !== undefined && { index: quoted(index) }),
      ...(whenIndex !== undefined && { whenIndex: quoted(whenIndex) }),
    };
  });
}

const anyOf = (conditions: readonly string[]): string =>
  conditions.length === 1 ? (conditions[0] ?? '') : `(${conditions.map((one) => `(${one})`).join(' OR ')})`;

const both = (condition: string, only: string | undefined): string =>
  only === undefined ? condition : `${condition} AND ${only}`;

/** Letter by letter, for any collation of the column. */
const onlyOf = ({ column, equals }: NonNullable<TableForm['only']>): string =>
  `${quoted(column)} = ${literal(equals)} AND CONVERT(${quoted(column)} USING utf8mb4) COLLATE utf8mb4_bin = ${literal(equals)}`;

/**
 * Every statement of a pass in order of the key, and of what is known by its keys. A DELETE looks at each row again as it
 * is, whole condition, once it has the row's lock: under READ COMMITTED it keeps those of no other row.
 */
export function cleanupStatements({
  name,
  key,
  byKey,
  rules,
  stale,
  unreadable,
  only,
  rowEstimate,
}: CleanupTable) {
  const after = (from: unknown) => (from === undefined ? 'TRUE' : key.after);
  const slice = (from: unknown) => `${key.upTo} AND ${after(from)}`;
  const oldest = rules.map(
    ({ stale, oldest }, number) => `CAST(MIN(IF(${stale}, ${oldest}, NULL)) AS CHAR) AS oldest${number}`,
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
        FROM ${name} ${byKey} WHERE ${both(slice(from), only)}`,
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
        `COUNT(*) AS \`rows\` FROM ${name}${only === undefined ? '' : ` WHERE ${only}`}`,
      ),
  };
}

/** Rows that are counted in a moment, even on a server that has much else to do. */
const smallTable = 50_000;

/** A SELECT that the server gives up after so many milliseconds. */
export const limited = (flavour: Flavour, ms: number, selected: string): string =>
  flavour === 'MySQL'
    ? `SELECT /*+ MAX_EXECUTION_TIME(${ms}) */ ${selected}`
    : `SET STATEMENT max_statement_time = ${ms / 1000} FOR SELECT ${selected}`;

/** Every statement of a walk through the index of a rule, which has one. */
export function indexStatements(
  { name, key, only }: CleanupTable,
  { time, value, placeholder, takes, unreadable, oldest, index = '', whenIndex = '' }: IndexedRule,
) {
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
      SELECT ${value} AS time FROM ${name} ${byTime} WHERE ${since(from)} ORDER BY ${time} LIMIT 1 OFFSET ?`,
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
      SELECT ${value} AS time FROM ${name} ${byTime} WHERE ${time} > ${placeholder} AND ${takes} ORDER BY ${time} LIMIT 1`,
    countStale: (limit: number) => `
      SELECT COUNT(*) AS overdue, CAST(MIN(t) AS CHAR) AS oldest
        FROM (SELECT ${oldest} AS t FROM ${name} ${byTime} WHERE ${takes} ORDER BY ${time} LIMIT ${limit}) AS stale`,
    countUnreadable: (limit: number) => `
      SELECT COUNT(*) AS unreadable
        FROM (SELECT 1 FROM ${name} ${byTime} WHERE ${both(`(${unreadable})`, only)} LIMIT ${limit}) AS unreadable`,
  };
}
