import { z } from 'zod';
import { ownerSchema } from './owner.ts';
import { specSchema } from './spec.ts';
import { spentTokensSchema } from './spent-tokens.ts';

/** The value of `--store`: the store's part of the spec, read with the schema that made the CRD. */
export const runnerInputSchema = z.object({
  owner: ownerSchema,
  store: specSchema.pick({ backend: true, layout: true, layoutOptions: true, setup: true, cleanup: true }),
  /** The overwrite tokens that status says are spent: they permit nothing more, whatever the mark says. */
  spentTokens: spentTokensSchema.optional(),
  /** False where set-up could put no mark on the table: then clean-up takes it without one. */
  marked: z.boolean().optional(),
  /** The zone of naive times that set-up recorded of the application's role: clean-up's own connection may have another. */
  recordedTimeZone: z.string().max(64).optional(),
});
export type RunnerInput = z.output<typeof runnerInputSchema>;
