import mysql from 'mysql2/promise';
import pg from 'pg';

/** A pool whose connections have the process' zone as their session zone, as on a machine that is set up so. */
export const postgresPool = (url) =>
  new pg.Pool({ connectionString: url, options: `-c TimeZone=${process.env.TZ ?? 'UTC'}` });

export const mysqlPool = (url) => mysql.createPool({ uri: url });

export const isPostgres = (url) => url.startsWith('postgres');
