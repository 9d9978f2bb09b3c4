import type { Flavour } from './connection.ts';

/** How long a statement waits for whoever has locked the row or the table. */
export const lockWaitSeconds = 5;

/*
 * READ COMMITTED: under the default, clean-up would hold the gaps between rows, and nobody could log in. The zone,
 * because times are compared in it, and in UTC no hour comes twice. A mode of our own, because under others a value is
 * cut short in silence, or a backslash in an id is one. A statement waits a few seconds for whoever has locked the table.
 * Other defaults of a server are set as well, because they change what a statement means or whether it is taken: without
 * autocommit nothing that is saved or deleted would stay, without foreign_key_checks rows would stay that refer to
 * nothing, and limits meant for people at a prompt would cut answers short or refuse to delete. A run rests for seconds,
 * and a server that ends idle connections sooner would end it.
 */
const both = [
  'SET NAMES utf8mb4',
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  `SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',
     innodb_lock_wait_timeout = ${lockWaitSeconds}, lock_wait_timeout = ${lockWaitSeconds}`,
  `SET SESSION autocommit = 1, completion_type = 'NO_CHAIN', sql_safe_updates = 0, sql_big_selects = 1,
     sql_select_limit = 18446744073709551615, sql_auto_is_null = 0, foreign_key_checks = 1, unique_checks = 1,
     wait_timeout = CAST(GREATEST(@@SESSION.wait_timeout, 60) AS UNSIGNED)`,
];

const own: Readonly<Record<Flavour, string>> = {
  // The statistics would be those of yesterday.
  MySQL: 'SET SESSION max_execution_time = 0, information_schema_stats_expiry = 0',
  // With sql_if_exists a RENAME of two tables would do its first half where the second one is not there.
  MariaDB: 'SET SESSION max_statement_time = 0, sql_if_exists = 0, check_constraint_checks = 1',
};

/** What a connection sets before anything else. */
export const sessionSettings = (flavour: Flavour): readonly string[] => [...both, own[flavour]];

/**
 * NOW() is the time of day again, whatever init_connect has made of it: a clock that is ahead makes live sessions stale.
 * Refused to an account that may not set it, and init_connect could not have done it with that account's rights either.
 */
export const ownClock = 'SET SESSION timestamp = DEFAULT';
