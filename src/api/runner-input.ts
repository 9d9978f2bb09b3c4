import { z } from 'zod';
import { ownerSchema } from './owner.ts';
import { spentTokensSchema } from './spent-tokens.ts';
import { storeSpecSchema } from './store-spec.ts';

/** The value of `--store`: the store's part of the spec, read with the schema that made the CRD. */
export const runnerInputSchema = z.object({
  owner: ownerSchema,
  store: storeSpecSchema,
  /** The overwrite tokens that are spent by status: they permit no further overwrite, for any content of the mark. */
  spentTokens: spentTokensSchema.optional(),
  /** False if set-up could not put a mark on the table: clean-up then accepts the table without a mark. */
  marked: z.boolean().optional(),
  /**
   * The time zone of times without a zone that set-up recorded for the application's role: clean-up's own connection
   * may have another.
   */
  recordedTimeZone: z.string().max(64).optional(),
  /** True if status shows a count by this very `customLayout`: without one, a run only counts. */
  counted: z.boolean().optional(),
});
export type RunnerInput = z.output<typeof runnerInputSchema>;
