/**
 * `SET LOCAL` of a transaction, such as `{ lock_timeout: '1s' }`; names and values come from this program, never from a
 * user.
 */
export type LocalSettings = Readonly<Record<string, string>>;

/**
 * Settings that fix the meaning of every statement, for any defaults of role, database and server. With `search_path =
 * evil, pg_catalog` times would be compared by an operator of evil; `quote_all_identifiers` changes the names of types,
 * `extra_float_digits` rounds numbers, and the others define how text is read and written.
 */
const meaning: LocalSettings = {
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  array_nulls: 'on',
  bytea_output: 'hex',
  exit_on_error: 'off',
  extra_float_digits: '1',
  idle_in_transaction_session_timeout: '1min',
  quote_all_identifiers: 'off',
  row_security: 'on',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
};

/** Without quotes, because it is a list. pg_temp comes last: if not named, it would come first for types and tables. */
const searchPath = 'SET LOCAL search_path = pg_catalog, pg_temp';

/** Begins a transaction in READ COMMITTED, for any default of the role, with these settings and the local ones. */
export function beginning(local: LocalSettings): string {
  const settings = Object.entries({ ...meaning, ...local }).map(
    ([name, value]) => `SET LOCAL ${name} = '${value}'`,
  );
  return ['BEGIN ISOLATION LEVEL READ COMMITTED', searchPath, ...settings].join('; ');
}
