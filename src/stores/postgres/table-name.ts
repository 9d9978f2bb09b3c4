import { defaultSchema, identifier, type PostgresBackend } from '../../api/backends/postgres.ts';
import type { Layout } from '../../layouts/layout.ts';
import { StoreError } from '../store-error.ts';

/** The names of schema and table from unchecked options, defaults resolved; throws InvalidInput. */
export function tableNamed(
  names: Pick<PostgresBackend, 'schema' | 'table'>,
  layout: Layout,
): { readonly schema: string; readonly table: string } {
  if (!layout.postgres) {
    throw new StoreError(
      'InvalidInput',
      `Expected a layout for PostgreSQL; ${layout.name} has no table there`,
    );
  }
  const { schema: name = layout.postgres.schema ?? defaultSchema, table = layout.postgres.table } = names;
  for (const [option, value] of Object.entries({ schema: name, table })) {
    if (identifier.safeParse(value).success) continue;
    throw new StoreError(
      'InvalidInput',
      `Expected the option ${option} to be 1 to 63 printable ASCII characters; got ${JSON.stringify(value)}`,
    );
  }
  return { schema: name, table };
}
