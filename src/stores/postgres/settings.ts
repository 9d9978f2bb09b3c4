/** `SET LOCAL` of a transaction, such as `{ lock_timeout: '1s' }`; names and values are ours, never a user's. */
export type LocalSettings = Readonly<Record<string, string>>;

/**
 * Settings under which every statement means what it says, whatever the role's, the database's or the server's are.
 * A role with `search_path = evil, pg_catalog` would compare times by an operator of evil's; `quote_all_identifiers`
 * changes the names of types, `extra_float_digits` rounds numbers, and the others decide how text is read and written.
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

/** Without quotes, as it is a list. pg_temp comes last: unnamed it would come first, for types and tables. */
const searchPath = 'SET LOCAL search_path = pg_catalog, pg_temp';

/** Begins a transaction in READ COMMITTED, whatever the role's default is, with these settings and the local ones. */
export function beginning(local: LocalSettings): string {
  const settings = Object.entries({ ...meaning, ...local }).map(
    ([name, value]) => `SET LOCAL ${name} = '${value}'`,
  );
  return ['BEGIN ISOLATION LEVEL READ COMMITTED', searchPath, ...settings].join('; ');
}
