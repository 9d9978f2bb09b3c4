import mysql from 'mysql2/promise';
import pg from 'pg';

/** Gives a connection the process' zone as its session zone, as on a machine that is set up so. */
export const zoneOption = `-c TimeZone=${process.env.TZ ?? 'UTC'}`;

export const postgresPool = (url) => new pg.Pool({ connectionString: url, options: zoneOption });

export const mysqlPool = (url) => mysql.createPool({ uri: url });

export const isPostgres = (url) => url.startsWith('postgres');
