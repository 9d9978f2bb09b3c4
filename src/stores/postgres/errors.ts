import type { FailureReason } from '../../api/reasons.ts';
import { StoreError } from '../store-error.ts';
import { codeOf, storeErrorsOf } from '../tables/driver-errors.ts';

export { codeOf };

/** True if a StoreError wraps one of the server's errors with such a SQLSTATE. */
export const hasCode = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof StoreError && codes.includes(codeOf(error.cause));

/** query_canceled: a statement took longer than it may, mostly by this program's own time limit. */
export const isOutOfTime = (error: unknown): boolean => hasCode(error, '57014');

/** Reasons for PostgreSQL's own codes; a class stands for all of its codes that are not listed. */
const reasonBySqlState: Readonly<Record<string, FailureReason>> = {
  '08': 'ConnectionFailed',
  '25006': 'ReadOnly', // read_only_sql_transaction
  '25P03': 'ServerUnavailable', // idle_in_transaction_session_timeout
  '25P04': 'ServerUnavailable', // transaction_timeout
  '28': 'AuthenticationFailed',
  '2BP01': 'ShapeMismatch', // dependent_objects_still_exist
  '3D000': 'DatabaseMissing',
  '3F000': 'StoreMissing', // the schema
  '40001': 'LockTimeout', // serialization_failure
  '40P01': 'LockTimeout', // deadlock_detected
  '42501': 'PermissionDenied',
  '42703': 'ShapeMismatch', // undefined_column
  '42P01': 'StoreMissing', // undefined_table
  '53': 'ServerUnavailable', // out of connections, memory, disk
  '55000': 'ShapeMismatch', // object_not_in_prerequisite_state: the table publishes deletes, and has no replica identity
  '55P03': 'LockTimeout',
  '57014': 'ServerUnavailable', // query_canceled: the server's own statement_timeout
  '57P01': 'ServerUnavailable', // shutting down, or an administrator ended the connection
  '57P02': 'ServerUnavailable',
  '57P03': 'ServerUnavailable', // starting up
  '57P04': 'DatabaseMissing',
  '57P05': 'ServerUnavailable', // idle_session_timeout
};

/** Errors without a code in the driver. */
const driverMessages: readonly (readonly [RegExp, FailureReason])[] = [
  [/^The server does not support SSL connections$/, 'TlsFailed'],
  [/^There was an error establishing an SSL connection$/, 'TlsFailed'],
  [/^SASL: .*password must be/, 'SecretIncomplete'],
  [/^SASL: /, 'AuthenticationFailed'],
  [/^timeout expired$/, 'ConnectionFailed'],
  [/^Connection terminated/, 'ConnectionFailed'],
  [/^Client (was closed|has encountered a connection error)/, 'ConnectionFailed'],
];

const isSqlState = (code: string) => /^[0-9A-Z]{5}$/.test(code);

function reasonOf(error: Error): FailureReason | undefined {
  const code = codeOf(error);
  if (!isSqlState(code)) return undefined;
  return reasonBySqlState[code] ?? reasonBySqlState[code.slice(0, 2)] ?? 'InternalError';
}

/** Advice for errors without advice in their message. */
const advice: { readonly [Reason in FailureReason]?: string } = {
  AuthenticationFailed: 'correct username, password and sslmode, or allow the role in pg_hba.conf',
  ReadOnly: 'the server is a standby or set read-only: name the primary, or wait for it',
  SecretIncomplete: 'the server asks for a password: add the key password',
};

/** Classes with messages that name objects and settings, and do not quote a row's value. */
const namingClasses: ReadonlySet<string> = new Set(
  '08 0A 25 26 28 2B 2D 3B 3D 3F 40 42 53 54 55 57 58 F0 XX'.split(' '),
);

interface ServerError extends Error {
  readonly detail?: string;
  readonly hint?: string;
  readonly constraint?: string;
  readonly routine?: string;
}

/** The server's message without the parts that may quote a session: values, and the text of a function or trigger. */
function wordsOf(error: ServerError): string {
  const code = codeOf(error);
  if (!isSqlState(code)) return error.message;
  const ended = `(SQLSTATE ${code})`;
  if (error.routine === 'exec_stmt_raise')
    return `a function or trigger refused it, in words that may quote a session: see the server’s log ${ended}`;
  if (code.startsWith('23'))
    return `it violates the constraint ${error.constraint ?? 'of a column'} ${ended}`;
  if (!namingClasses.has(code.slice(0, 2)))
    return `an error whose words may quote a session: see the server’s log ${ended}`;
  if (code === '55000') return `${error.message} ${ended}${error.hint ? `: ${error.hint}` : ''}`;
  // Other details may quote a row.
  return `${error.message} ${code === '2BP01' ? `(${error.detail}) ` : ''}${ended}`;
}

export const { storeErrorOf, connectErrorOf } = storeErrorsOf({ reasonOf, driverMessages, wordsOf, advice });
