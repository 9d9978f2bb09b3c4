import type { FailureReason } from '../../api/reasons.ts';
import type { UndeletableCause } from '../../api/undeletable-causes.ts';
import { StoreError } from '../store-error.ts';
import { codeOf, storeErrorsOf } from '../tables/driver-errors.ts';

/** Error numbers of MySQL and MariaDB, and the reasons that they stand for. */
const reasons: readonly (readonly [FailureReason, readonly number[]])[] = [
  // Access denied, host not allowed, password expired, account locked, no such authentication plugin.
  ['AuthenticationFailed', [1045, 1130, 1251, 1524, 1698, 1820, 1862, 3118, 4151]],
  ['DatabaseMissing', [1046, 1049]],
  // Rights on the database, a table, a column, the server or a routine.
  ['PermissionDenied', [1044, 1142, 1143, 1227, 1370]],
  ['ReadOnly', [1290, 1792, 1836, 3100, 3989]],
  // Too many connections, in total or of this account; shutdown; out of memory or disk; an interrupted query.
  [
    'ServerUnavailable',
    [1021, 1037, 1040, 1041, 1053, 1114, 1129, 1184, 1203, 1226, 1317, 1461, 1927, 1969, 3024, 3169],
  ],
  ['LockTimeout', [1205, 1213, 3572]],
  ['StoreMissing', [1146]],
  // Unknown column, a row that a foreign key refers to, a view or column that accepts no writes.
  ['ShapeMismatch', [1054, 1217, 1288, 1356, 1451, 3730]],
  ['TlsFailed', [3159]],
  ['UnsupportedServer', [1665]],
  // Longer than its column, or than max_allowed_packet; characters that the column's set does not have.
  ['InvalidInput', [1153, 1267, 1366, 1406, 3988]],
];
const reasonByNumber = new Map(reasons.flatMap(([reason, numbers]) => numbers.map((n) => [n, reason])));

const driverMessages: readonly (readonly [RegExp, FailureReason])[] = [
  [/^Can't add new command when connection is in closed state/, 'ConnectionFailed'],
  [/Server requests authentication using unknown plugin/, 'AuthenticationFailed'],
];

/** The server's number of an error; 0 for other errors. */
const numberOf = (error: unknown): number => (error as { errno?: number } | undefined)?.errno ?? 0;

/** True if a StoreError wraps one of the server's errors with such a number. */
export const hasNumber = (error: unknown, ...numbers: readonly number[]): boolean =>
  error instanceof StoreError && numbers.includes(numberOf(error.cause));

/** True for a statement that took longer than it may; one that reads in several threads reports an interruption. */
export const isOutOfTime = (error: unknown): boolean => hasNumber(error, 3024, 1969, 1317);

/** True if the account, or every account, is not permitted to do this. */
export const isForbidden = (error: unknown): boolean => [1227, 1238, 1290].includes(numberOf(error));

function reasonOf(error: Error): FailureReason | undefined {
  if (codeOf(error).startsWith('AUTH_SWITCH_')) return 'AuthenticationFailed';
  // The driver has no code for some of MariaDB's errors; those of network and driver have no number above zero.
  return numberOf(error) > 0 ? (reasonByNumber.get(numberOf(error)) ?? 'InternalError') : undefined;
}

/** Advice for errors without advice in their message. */
const advice: { readonly [Reason in FailureReason]?: string } = {
  AuthenticationFailed: 'correct username and password, or the host that the account may come from',
  ReadOnly: 'the server is a replica or set read-only: name the primary, or wait for it',
  UnsupportedServer: 'set binlog_format to ROW or MIXED',
};

/** Expected errors that quote a value: characters that do not fit a column or its character set. */
const quoting = new Set([1366, 3988]);

/** SIGNAL's own number and state: the message comes from a trigger. */
const isRaised = (error: Error): boolean =>
  numberOf(error) === 1644 || (error as { sqlState?: string }).sqlState === '45000';

/** Other reasons for which a DELETE from a correct table may fail: a trigger that refuses or fails; a damaged row. */
const refusals: readonly FailureReason[] = ['InternalError', 'StoreMissing', 'ShapeMismatch', 'InvalidInput'];

/** The cause for which the server did not delete a row; undefined if the error is not about the row. */
export function refusalOf(error: unknown): UndeletableCause | undefined {
  if (hasNumber(error, 1217, 1451)) return 'Referenced';
  const isServers = error instanceof StoreError && numberOf(error.cause) > 0;
  return isServers && refusals.includes(error.reason) ? 'Refused' : undefined;
}

/** The server's message without the parts that may quote a session: values, and the text of a trigger. */
function wordsOf(error: Error): string {
  const number = numberOf(error);
  if (number <= 0) return error.message || codeOf(error);
  const ended = `(error ${number})`;
  if (isRaised(error)) return `a trigger refused it, in words that may quote a session ${ended}`;
  const namesOnly = reasonByNumber.has(number) && !quoting.has(number);
  return `${namesOnly ? error.message : error.message.replace(/'.*/s, '‘…’')} ${ended}`;
}

export const { storeErrorOf, connectErrorOf } = storeErrorsOf({ reasonOf, driverMessages, wordsOf, advice });
