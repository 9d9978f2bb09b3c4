import {
  generateDrizzleJson,
  generateMigration,
  generateMySQLDrizzleJson,
  generateMySQLMigration,
} from 'drizzle-kit/api';
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import { isPostgres, postgresPool } from './connections.mjs';
import { mysqlPoolInZone } from './mysql-in-zone.mjs';

const mysql = {
  dialect: 'mysql',
  open: mysqlPoolInZone,
  drizzle: drizzleMysql,
  migration: async (tables) =>
    generateMySQLMigration(await generateMySQLDrizzleJson({}), await generateMySQLDrizzleJson(tables)),
};

const postgres = {
  dialect: 'pg',
  open: postgresPool,
  drizzle: drizzlePostgres,
  migration: (tables) => generateMigration(generateDrizzleJson({}), generateDrizzleJson(tables)),
};

/** Drizzle on a database, with the migration that its kit writes for tables. */
export function drizzleOn(url) {
  const { dialect, open, drizzle, migration } = isPostgres(url) ? postgres : mysql;
  const pool = open(url);
  return {
    dialect,
    db: drizzle(pool),
    migrate: async (tables) => {
      for (const statement of await migration(tables)) await pool.query(statement);
    },
    close: () => pool.end(),
  };
}
