import { DrizzleAdapter } from '@auth/drizzle-adapter';
import {
  generateDrizzleJson,
  generateMigration,
  generateMySQLDrizzleJson,
  generateMySQLMigration,
} from 'drizzle-kit/api';
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import { postgresPool } from './connections.mjs';
import { mysqlPoolInZone } from './mysql-in-zone.mjs';

/** The tables that the adapter expects; the package does not export them. */
async function tablesOf(dialect) {
  const file = new URL(`./lib/${dialect}.js`, import.meta.resolve('@auth/drizzle-adapter'));
  return (await import(file.href)).defineTables();
}

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

export function adapt({ url }) {
  const { dialect, open, drizzle, migration } = url.startsWith('mysql:') ? mysql : postgres;
  const pool = open(url);
  return {
    adapter: DrizzleAdapter(drizzle(pool)),
    migrate: async () => {
      for (const statement of await migration(await tablesOf(dialect))) await pool.query(statement);
    },
    close: () => pool.end(),
  };
}
