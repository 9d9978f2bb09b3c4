import { z } from 'zod';
import { customName } from '../../layouts/custom.ts';
import { shapes } from '../../layouts/index.ts';
import type { Layout } from '../../layouts/layout.ts';
import { connectionSchema } from '../connection-schema.ts';
import type { BackendSpec } from './backend-spec.ts';

export const tableName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[ -~]*[!-~]$/);

const schema = z
  .object({
    connection: connectionSchema,
    table: tableName
      .optional()
      .describe(
        "Name of the table in the Secret's database. Default: the layout's table name. Cannot change.",
      ),
  })
  .describe('A table in MySQL 8.0.1 or newer, or in MariaDB 10.6 or newer.');

export type MysqlBackend = z.output<typeof schema>;

/** The table's name, the default resolved. */
export function tableOf(spec: MysqlBackend, layout: Layout): string {
  const table = spec.table ?? layout.mysql?.table;
  if (table === undefined) throw new Error(`Expected a layout for MySQL, got ${layout.name}`);
  return table;
}

export const connectionDefaults = { port: 3306, schemes: ['mysql:', 'mariadb:'] } as const;

/** The layout custom has no default: its table is required. */
const tableDefaults = [
  `'${customName}': ''`,
  ...shapes.flatMap(({ name, mysql: of }) => (of ? [`'${name}': '${of.table}'`] : [])),
];

export const mysql: BackendSpec<MysqlBackend> = {
  name: 'mysql',
  title: 'MySQL and MariaDB',
  schema,
  supports: (layout) => layout.mysql !== undefined,
  location: (spec, layout) => ({
    table: { value: tableOf(spec, layout), source: spec.table === undefined ? 'Layout' : 'Spec' },
  }),
  describe: (spec, layout) => `table ${tableOf(spec, layout)}`,
  immutable: (shapeName) => [
    {
      field: 'table',
      value: `(has(self.backend.mysql.table) ? self.backend.mysql.table : {${tableDefaults.join(', ')}}[${shapeName}])`,
    },
  ],
  secretName: (spec) => spec.connection.secretName,
  migrates: true,
  podRequirements: () => ({}),
};
