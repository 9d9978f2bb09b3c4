import { z } from 'zod';
import { customName } from '../layouts/custom.ts';
import { layouts } from '../layouts/index.ts';
import { type BackendName, backendNames, backends } from './backends/index.ts';
import { connectionSchema } from './connection-schema.ts';
import { ageSchema } from './duration.ts';
import { customLayoutSchema, layoutOptionsSchema, zone } from './layout-options.ts';
import { patterned } from './patterned.ts';

type BackendSchemas = { readonly [Name in BackendName]: z.ZodOptional<(typeof backends)[Name]['schema']> };
const backendSchemas = Object.fromEntries(
  backendNames.map((name) => [name, backends[name].schema.optional()]),
) as unknown as BackendSchemas;

const layoutNames = [customName, ...layouts.map((layout) => layout.name)] as const;

const setup = z
  .object({
    ifExists: z
      .enum(['Adopt', 'Fail', 'Overwrite'])
      .optional()
      .describe(
        'Treatment of a store that already exists. Adopt (default): use the store if it fits the ' +
          'layout. Fail: report an error, unless this SessionStore created the store. Overwrite: drop ' +
          'the store and create it again, once per overwriteToken; a store that this SessionStore did ' +
          'not create must hold sessions of the layout.',
      ),
    overwriteToken: z
      .string()
      .max(64)
      .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/)
      .optional()
      .describe(
        'Permits one overwrite. A token that is recorded in status or in the store’s mark is spent and permits no further overwrite.',
      ),
    createIndex: z
      .boolean()
      .optional()
      .describe(
        'Whether set-up adds the layout’s clean-up index to an adopted table. Default: false, because ' +
          'clean-up works without the index, and in PostgreSQL the index prevents HOT updates of the ' +
          'application’s rows.',
      ),
    migrate: z
      .boolean()
      .optional()
      .describe(
        'Whether set-up may change the shape of an adopted store, for backends that support it. Default: false.',
      ),
  })
  .describe('Settings for creating or adopting the store.');

const cleanup = z
  .object({
    expiredFor: ageSchema
      .optional()
      .describe(
        'For layouts that store an expiry: clean-up deletes sessions that have been expired for this long. Default: 5m.',
      ),
    unmodifiedFor: ageSchema
      .optional()
      .describe(
        'For layouts that store the last change: clean-up deletes sessions that have not changed for this long. Required for these layouts.',
      ),
    schedule: patterned(
      z.string().max(100),
      /^[^ @]+( [^ ]+){4}$/,
      'must be five fields of cron with one space between them, such as H * * * *; @hourly and the like are not supported',
    )
      .optional()
      .describe(
        'Cron schedule of clean-up: five fields, separated by single spaces. `H`, `H/n`, `H(a-b)` and ' +
          '`H(a-b)/n` stand for a value hashed from namespace and name, which spreads the runs of many ' +
          'stores over time. Default: `H * * * *`.',
      ),
    timeZone: zone
      .optional()
      .describe(
        'Time zone of the schedule, spelled as in the time zone database: `Europe/Berlin`. Default: Etc/UTC.',
      ),
    suspend: z
      .boolean()
      .optional()
      .describe(
        'Whether clean-up is suspended: no run starts, and a running one is suspended. Default: false.',
      ),
    dryRun: z
      .boolean()
      .optional()
      .describe('Whether clean-up only counts the sessions that it would delete. Default: false.'),
    pace: z
      .enum(['polite', 'full'])
      .optional()
      .describe(
        'Speed of clean-up. polite (default): clean-up pauses longer when the server answers more slowly. full: clean-up does not pause.',
      ),
    connection: connectionSchema
      .optional()
      .describe(
        'Connection for clean-up, with a role that needs fewer rights. Default: the backend’s connection.',
      ),
  })
  .describe('Settings for deleting old sessions. If left out, the store is provisioned and never cleaned.');

/** The part of `spec` that a run reads: the store, and how to make and clean it. */
export const storeSpecSchema = z.object({
  backend: z.object(backendSchemas).describe('The store of the sessions. Set exactly one field.'),
  layout: z
    .enum(layoutNames)
    .optional()
    .describe('Session library that writes the sessions. Default: session3. Cannot change.'),
  layoutOptions: layoutOptionsSchema.optional(),
  customLayout: customLayoutSchema.optional(),
  setup: setup.optional(),
  cleanup: cleanup.optional(),
});
