import { tableName } from '../../api/backends/mysql.ts';
import type { Layout } from '../../layouts/layout.ts';
import { StoreError } from '../store-error.ts';

/** The table’s name from an option that is not checked yet, the default resolved; throws InvalidInput. */
export function tableNamed(name: string | undefined, layout: Layout): string {
  if (!layout.mysql) {
    throw new StoreError('InvalidInput', `Expected a layout for MySQL; ${layout.name} has no table there`);
  }
  const { success, data } = tableName.safeParse(name ?? layout.mysql.table);
  if (success) return data;
  throw new StoreError(
    'InvalidInput',
    `Expected the option table to be 1 to 64 printable ASCII characters, the last no space; got ${JSON.stringify(name)}`,
  );
}
