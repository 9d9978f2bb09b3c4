import type { Flavour } from './connection.ts';

/** Time that a statement waits for a locked row or table. */
export const lockWaitSeconds = 5;

/**
 * The first statement of a connection, before its flavour is known: lifts the server's limit on the time of a statement,
 * which even a SELECT of the version can exceed. Each server ignores the other's comment.
 */
export const firstStatement =
  'SET NAMES utf8mb4 /*!50708 , SESSION max_execution_time = 0 */ /*M!100101 , SESSION max_statement_time = 0 */';

/**
 * READ COMMITTED: under the default, clean-up would lock the gaps between rows, and no user could log in. Time zone:
 * times are compared in it, and in UTC no hour occurs twice. SQL mode: under others a value is cut silently, or a
 * backslash in an id has a meaning. A statement waits only a few seconds for a locked table. The other settings change
 * the meaning of a statement or whether it is accepted: without autocommit no saved or deleted session would persist,
 * without foreign_key_checks referring rows would stay, and limits for interactive users would cut results short or
 * refuse to delete. A run pauses for seconds, and a server that closes idle connections sooner would end it.
 */
const both = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  `SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',
     innodb_lock_wait_timeout = ${lockWaitSeconds}, lock_wait_timeout = ${lockWaitSeconds}`,
  `SET SESSION autocommit = 1, completion_type = 'NO_CHAIN', sql_safe_updates = 0, sql_big_selects = 1,
     sql_select_limit = 18446744073709551615, sql_auto_is_null = 0, foreign_key_checks = 1, unique_checks = 1,
     wait_timeout = CAST(GREATEST(@@SESSION.wait_timeout, 60) AS UNSIGNED)`,
];

const own: Readonly<Record<Flavour, string>> = {
  // Cached statistics would be out of date.
  MySQL: 'SET SESSION information_schema_stats_expiry = 0',
  // With sql_if_exists a RENAME of two tables would do its first half if the second table does not exist.
  MariaDB: 'SET SESSION sql_if_exists = 0, check_constraint_checks = 1',
};

/** The other settings, which a connection makes before anything else. */
export const sessionSettings = (flavour: Flavour): readonly string[] => [...both, own[flavour]];

/**
 * NOW() is the time of day again, after any init_connect: a clock that is ahead makes live sessions stale. Some
 * accounts may not set it; init_connect could not have set it with their rights either.
 */
export const ownClock = 'SET SESSION timestamp = DEFAULT';
