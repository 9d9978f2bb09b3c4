import { type TableForm, timeColumnOf } from '../../layouts/table-form.ts';
import type { TableFacts } from './catalogue.ts';
import type { Flavour } from './connection.ts';
import { quoted, quotedName, type Target } from './context.ts';
import { timeIndexOf } from './shape.ts';

/** A TIMESTAMP before this one is the zero date: no time at all. */
export const firstInstant = '1970-01-01 00:00:01';

/** One table as clean-up goes over it. */
export interface CleanupTable {
  readonly name: string;
  readonly key: string;
  readonly time: string;
  /** FORCE INDEX for a walk in order of the key, and of time if there is an index, for any statistics. */
  readonly byKey: string;
  readonly byTime?: string;
  /** The index itself, where there is one. */
  readonly timeIndex?: string;
  readonly rowEstimate: number;
}

export function cleanupTableOf(target: Target, layout: TableForm, table: TableFacts): CleanupTable {
  const { column } = layout.key;
  const key = table.indexes.find(
    ({ columns, unique, usable }) => unique && usable && columns.length === 1 && columns[0] === column,
  );
  const time = timeIndexOf(table, layout);
  return {
    ...{ name: quotedName(target), key: quoted(column), time: quoted(timeColumnOf(layout)) },
    byKey: key ? `FORCE INDEX (${quoted(key.name)})` : '',
    ...(time !== undefined && { byTime: `FORCE INDEX (${quoted(time)})`, timeIndex: quoted(time) }),
    rowEstimate: table.rowEstimate,
  };
}

/**
 * Every statement that clean-up sends. A DELETE looks at each row again as it is, whole condition, once it has the row's
 * lock: under READ COMMITTED it keeps those of no other row.
 */
export function cleanupStatements({ name, key, time, byKey, byTime = '', timeIndex = '' }: CleanupTable) {
  const isTime = `${time} >= '${firstInstant}'`;
  const stale = `${time} < ? AND ${isTime}`;
  const after = (from: unknown) => (from === undefined ? 'TRUE' : `${key} > ?`);
  return {
    /** The key of the last of the next rows in order of the key. */
    keyAt: (from: unknown) => `
      SELECT ${key} AS \`key\` FROM ${name} ${byKey} WHERE ${after(from)} ORDER BY ${key} LIMIT 1 OFFSET ?`,
    lastKey: (from: unknown) =>
      `SELECT ${key} AS \`key\` FROM ${name} ${byKey} WHERE ${after(from)} ORDER BY ${key} DESC LIMIT 1`,
    /** How many rows a slice has, and what they are. */
    countSlice: (from: unknown) => `
      SELECT COUNT(*) AS \`rows\`, SUM(${stale}) AS overdue, SUM(${time} IS NULL OR NOT ${isTime}) AS unreadable,
             UNIX_TIMESTAMP(MIN(IF(${stale}, ${time}, NULL))) AS oldest
        FROM ${name} ${byKey} WHERE ${key} <= ? AND ${after(from)}`,
    findStale: (from: unknown) =>
      `SELECT 1 FROM ${name} ${byKey} WHERE ${stale} AND ${key} <= ? AND ${after(from)} LIMIT 1`,
    /** Waits for locked rows, including live ones. */
    deleteSlice: (from: unknown) =>
      `DELETE s FROM ${name} AS s ${byKey} WHERE ${stale} AND ${key} <= ? AND ${after(from)}`,
    /**
     * The column `rows` is how many rows are stale by the server's estimate, which looks into the index for it: told
     * to use the index at all costs, MySQL saves itself the look.
     */
    explainStale: `EXPLAIN FORMAT = TRADITIONAL SELECT 1 FROM ${name} USE INDEX (${timeIndex}) WHERE ${stale}`,
    /** The time of the row that comes after the next ones in order of time. */
    spanEnd: `
      SELECT CAST(${time} AS CHAR) AS time FROM ${name} ${byTime}
       WHERE ${time} >= ? AND ${time} < ? ORDER BY ${time} LIMIT 1 OFFSET ?`,
    /** Waits for locked rows. */
    deleteSpan: `DELETE s FROM ${name} AS s ${byTime} WHERE ${time} >= ? AND ${time} < ?`,
    /** Locks the stale rows of a slice, except rows that another session has locked. */
    lockSlice: (from: unknown) =>
      `SELECT ${key} AS \`key\` FROM ${name} ${byKey} WHERE ${stale} AND ${key} <= ? AND ${after(from)} FOR UPDATE SKIP LOCKED`,
    /** Locks the same rows, except locked ones. */
    lockSpan: `SELECT ${key} AS \`key\` FROM ${name} ${byTime} WHERE ${time} >= ? AND ${time} < ? FOR UPDATE SKIP LOCKED`,
    /** Locks the next rows of one time in order of the key, except locked ones. */
    lockSameTime: (from: unknown) => `
      SELECT ${key} AS \`key\` FROM ${name} ${byTime}
       WHERE ${time} = ? AND ${after(from)} ORDER BY ${key} LIMIT ? FOR UPDATE SKIP LOCKED`,
    /** The first time after one. */
    nextTime: `SELECT CAST(MIN(${time}) AS CHAR) AS time FROM ${name} ${byTime} WHERE ${time} > ? AND ${time} < ?`,
    /**
     * Deletes what is locked, by its keys. The form for several tables takes FORCE INDEX: a scan would wait for locks.
     */
    delete: (count: number, ignore = false) =>
      `DELETE ${ignore ? 'IGNORE ' : ''}s FROM ${name} AS s ${byKey} WHERE ${stale} AND ${key} IN (${Array(count).fill('?').join(', ')})`,
    countKeys: (count: number) =>
      `SELECT COUNT(*) AS \`rows\` FROM ${name} ${byKey} WHERE ${key} IN (${Array(count).fill('?').join(', ')})`,
    countStale: (limit: number) => `
      SELECT COUNT(*) AS overdue, UNIX_TIMESTAMP(MIN(t)) AS oldest
        FROM (SELECT ${time} AS t FROM ${name} ${byTime} WHERE ${stale} ORDER BY ${time} LIMIT ${limit}) AS stale`,
    countUnreadable: (limit: number) => `
      SELECT COUNT(*) AS unreadable
        FROM (SELECT 1 FROM ${name} ${byTime} WHERE ${time} IS NULL OR ${time} < '${firstInstant}' LIMIT ${limit}) AS unreadable`,
    /** For a tenth of a second. */
    countRows: (flavour: Flavour) =>
      flavour === 'MySQL'
        ? `SELECT /*+ MAX_EXECUTION_TIME(100) */ COUNT(*) AS \`rows\` FROM ${name}`
        : `SET STATEMENT max_statement_time = 0.1 FOR SELECT COUNT(*) AS \`rows\` FROM ${name}`,
  };
}
