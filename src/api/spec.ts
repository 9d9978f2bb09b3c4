import { z } from 'zod';
import { childMetadataSchema } from './child-metadata.ts';
import { podSchema } from './pod.ts';
import { specRules } from './spec-rules.ts';
import { storeSpecSchema } from './store-spec.ts';

/** `spec` of a SessionStore: the one source of the types, the CRD and docs/api.md. */
export const specSchema = z
  .object({
    ...storeSpecSchema.shape,
    suspend: z
      .boolean()
      .optional()
      .describe(
        'Whether the operator leaves this store alone: set-up does not start, and the CronJob and a running clean-up are suspended. Default: false.',
      ),
    pod: podSchema.optional(),
    childMetadata: childMetadataSchema.optional(),
  })
  .describe('Location of the store, and settings for creating and cleaning it.')
  .meta({ 'x-kubernetes-validations': specRules });

export type SessionStoreSpec = z.output<typeof specSchema>;
