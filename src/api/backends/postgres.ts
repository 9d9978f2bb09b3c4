import { z } from 'zod';
import { customName } from '../../layouts/custom.ts';
import { shapes } from '../../layouts/index.ts';
import type { Layout } from '../../layouts/layout.ts';
import { connectionSchema } from '../connection-schema.ts';
import type { BackendSpec } from './backend-spec.ts';

/** Printable ASCII, because PostgreSQL silently cuts a longer name at 63 bytes. */
export const identifier = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[ -~]+$/);

const schema = z
  .object({
    connection: connectionSchema,
    schema: identifier
      .optional()
      .describe(
        "Schema of the table. Default: the layout's own schema, which set-up creates, or public; any other must exist. Cannot change.",
      )
      .meta({
        'x-kubernetes-validations': [
          {
            rule: "!self.startsWith('pg_') && self != 'information_schema'",
            message: 'schema must not be a system schema: pg_… and information_schema belong to PostgreSQL',
          },
        ],
      }),
    table: identifier
      .optional()
      .describe("Name of the table. Default: the layout's table name. Cannot change."),
  })
  .describe('A table in PostgreSQL 14 or newer.');

export type PostgresBackend = z.output<typeof schema>;

export const defaultSchema = 'public';

export const connectionDefaults = { port: 5432, schemes: ['postgresql:', 'postgres:'] } as const;

/** The names of schema and table, defaults resolved. */
export function tableOf(
  spec: PostgresBackend,
  layout: Layout,
): { readonly schema: string; readonly table: string } {
  const table = spec.table ?? layout.postgres?.table;
  if (table === undefined) throw new Error(`Expected a layout for PostgreSQL, got ${layout.name}`);
  return { schema: spec.schema ?? layout.postgres?.schema ?? defaultSchema, table };
}

/** The default of a shape by its name, in CEL. */
const schemaDefault = (shapeName: string): string =>
  shapes.reduce(
    (others, { name, postgres: of }) =>
      of?.schema === undefined ? others : `(${shapeName} == '${name}' ? '${of.schema}' : ${others})`,
    `'${defaultSchema}'`,
  );

function schemaSource(spec: PostgresBackend, layout: Layout): 'Spec' | 'Layout' | 'Default' {
  if (spec.schema !== undefined) return 'Spec';
  return layout.postgres?.schema === undefined ? 'Default' : 'Layout';
}

/** The layout custom has no default: its table is required. */
const tableDefaults = [
  `'${customName}': ''`,
  ...shapes.flatMap(({ name, postgres: of }) => (of ? [`'${name}': '${of.table}'`] : [])),
];

export const postgres: BackendSpec<PostgresBackend> = {
  name: 'postgres',
  title: 'PostgreSQL',
  schema,
  supports: (layout) => layout.postgres !== undefined,
  location: (spec, layout) => {
    const { schema: name, table } = tableOf(spec, layout);
    return {
      schema: { value: name, source: schemaSource(spec, layout) },
      table: { value: table, source: spec.table === undefined ? 'Layout' : 'Spec' },
    };
  },
  describe: (spec, layout) => {
    const { schema: name, table } = tableOf(spec, layout);
    return `table ${name}.${table}`;
  },
  immutable: (shapeName) => [
    {
      field: 'schema',
      value: `(has(self.backend.postgres.schema) ? self.backend.postgres.schema : ${schemaDefault(shapeName)})`,
    },
    {
      field: 'table',
      value: `(has(self.backend.postgres.table) ? self.backend.postgres.table : {${tableDefaults.join(', ')}}[${shapeName}])`,
    },
  ],
  secretName: (spec) => spec.connection.secretName,
  podRequirements: () => ({}),
};
