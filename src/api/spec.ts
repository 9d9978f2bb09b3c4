import { z } from 'zod';
import { layouts } from '../layouts/index.ts';
import { type BackendName, backendNames, backends } from './backends/index.ts';
import { childMetadataSchema } from './child-metadata.ts';
import { connectionSchema } from './connection-schema.ts';
import { ageSchema } from './duration.ts';
import { podSchema } from './pod.ts';
import { specRules } from './spec-rules.ts';
import { timeZonePattern } from './time-zones.ts';

type BackendSchemas = { readonly [Name in BackendName]: z.ZodOptional<(typeof backends)[Name]['schema']> };
const backendSchemas = Object.fromEntries(
  backendNames.map((name) => [name, backends[name].schema.optional()]),
) as unknown as BackendSchemas;

const layoutNames = layouts.map((layout) => layout.name) as [string, ...string[]];

const zone = z.string().min(1).max(64).regex(timeZonePattern);

const layoutOptions = z
  .object({
    timeZone: zone
      .optional()
      .describe(
        'The zone the application writes naive times in, such as `America/New_York`. ' +
          'Default: what a fresh connection of the application’s role gets, as set-up recorded it. ' +
          'Without effect on a column that stores instants.',
      ),
  })
  .describe('What a layout leaves to the application.');

const setup = z
  .object({
    ifExists: z
      .enum(['Adopt', 'Fail', 'Overwrite'])
      .optional()
      .describe(
        'What to do with a store that is there already. Adopt (default): use it if it fits the layout. Fail: an error, ' +
          'unless this SessionStore made it. Overwrite: drop it and make it again, once per overwriteToken; one that this ' +
          'SessionStore did not make must hold sessions of the layout.',
      ),
    overwriteToken: z
      .string()
      .max(64)
      .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/)
      .optional()
      .describe(
        'Permits one overwrite: a token that status or the store’s mark has seen permits nothing more.',
      ),
    createIndex: z
      .boolean()
      .optional()
      .describe(
        'Whether set-up adds the layout’s clean-up index to an adopted table. Default: false; it costs the application ' +
          'its HOT updates, and clean-up works without it.',
      ),
    migrate: z
      .boolean()
      .optional()
      .describe(
        'Whether set-up may change an adopted store’s shape where the store knows how. Default: false.',
      ),
  })
  .describe('How the store is made.');

const cleanup = z
  .object({
    expiredFor: ageSchema
      .optional()
      .describe('For layouts that store an expiry: how long a session must have been expired. Default: 5m.'),
    unmodifiedFor: ageSchema
      .optional()
      .describe(
        'For layouts that store the last change: how long a session must have been left alone. Required there.',
      ),
    schedule: z
      .string()
      .min(9)
      .max(100)
      .regex(/^[^ @]+( [^ ]+){4}$/)
      .optional()
      .describe(
        'Five fields of cron with single spaces. `H`, `H/n`, `H(a-b)` and `H(a-b)/n` stand for a value hashed from ' +
          'namespace and name, so that a fleet spreads out. Default: `H * * * *`.',
      ),
    timeZone: zone
      .optional()
      .describe(
        'The schedule’s zone, spelled as in the time zone database: `Europe/Berlin`. Default: Etc/UTC.',
      ),
    suspend: z
      .boolean()
      .optional()
      .describe('No run starts, and one that is going on is suspended. Default: false.'),
    dryRun: z
      .boolean()
      .optional()
      .describe('Count what would be deleted and delete nothing. Default: false.'),
    pace: z
      .enum(['polite', 'full'])
      .optional()
      .describe('polite (default): rest as the server’s answers ask for. full: as fast as it goes.'),
    connection: connectionSchema
      .optional()
      .describe('Another Secret for clean-up alone, whose role needs fewer rights. Default: the backend’s.'),
  })
  .describe('When and what to clean up. Without it the store is provisioned and never cleaned.');

/** `spec` of a SessionStore: the one source of the types, the CRD and docs/api.md. */
export const specSchema = z
  .object({
    backend: z.object(backendSchemas).describe('Where the sessions are: exactly one.'),
    layout: z
      .enum(layoutNames)
      .optional()
      .describe('Whose sessions these are. Default: session3. Cannot change.'),
    layoutOptions: layoutOptions.optional(),
    setup: setup.optional(),
    cleanup: cleanup.optional(),
    suspend: z
      .boolean()
      .optional()
      .describe(
        'The operator keeps its hands off this store; its CronJob, and a clean-up that is going on, are suspended. Default: false.',
      ),
    pod: podSchema.optional(),
    childMetadata: childMetadataSchema.optional(),
  })
  .describe('What the store is, how it is made, and when and what of it is cleaned up.')
  .meta({ 'x-kubernetes-validations': specRules });

export type SessionStoreSpec = z.output<typeof specSchema>;
