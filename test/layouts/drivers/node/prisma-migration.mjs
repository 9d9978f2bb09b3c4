import { readFile } from 'node:fs/promises';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { SchemaEngine } from '@prisma/schema-engine-wasm';
import { postgresPool } from './connections.mjs';

/**
 * Runs the SQL that `prisma migrate dev` writes for an empty PostgreSQL. Prisma's engine in WebAssembly knows no MySQL,
 * and the native one is not on npm.
 */
export async function migratePostgres(url, schema) {
  const file = {
    path: schema,
    content: await readFile(new URL(`packages/prisma/${schema}`, import.meta.url), 'utf8'),
  };
  const pool = postgresPool(url);
  const engine = await SchemaEngine.new(
    { datamodels: [[file.path, file.content]] },
    () => undefined,
    bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool)),
  );
  const { stdout } = await engine.diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files: [file] },
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  engine.free();
  await pool.query(stdout);
  await pool.end();
}
