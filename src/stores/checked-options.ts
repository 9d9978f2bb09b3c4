import { z } from 'zod';
import { ownerSchema } from '../api/owner.ts';
import { spentTokensSchema } from '../api/spent-tokens.ts';
import type { CleanupOptions, SetupOptions } from './session-store.ts';
import { StoreError } from './store-error.ts';

/** Three centuries. For times beyond a store's range, MySQL and PostgreSQL differ. */
const longestAge = 1e10;

const cleanupSchema = z.object({
  owner: ownerSchema.optional(),
  marked: z.boolean().optional(),
  // MySQL treats NaN and Infinity as 0, and every store treats a negative age as a future time: all sessions would be
  // deleted.
  ageSeconds: z.number().min(0).max(longestAge),
  dryRun: z.boolean().optional(),
  pace: z.enum(['polite', 'full']).optional(),
});

const token = z.string().min(1).max(64).optional();
const setupSchema = z
  .object({
    // A mark with another owner could not be read back.
    owner: ownerSchema,
    ifExists: z.enum(['Adopt', 'Fail', 'Overwrite']),
    overwriteToken: token,
    spentTokens: spentTokensSchema.optional(),
    createIndex: z.boolean().optional(),
    migrate: z.boolean().optional(),
  })
  .refine(({ ifExists, overwriteToken }) => ifExists !== 'Overwrite' || overwriteToken !== undefined, {
    path: ['overwriteToken'],
    message: 'Overwrite needs one, a new value for each overwrite',
  });

function check(schema: z.ZodType, method: string, options: unknown): void {
  const [issue] = schema.safeParse(options).error?.issues ?? [];
  if (!issue) return;
  const name = issue.path.join('.') || 'they';
  throw new StoreError(
    'InvalidInput',
    `Expected options that ${method}() can take; ${name}: ${issue.message}`,
  );
}

/** Throws InvalidInput for invalid options of a program; the operator's own options were checked by the CRD. */
export function checkCleanup(options: CleanupOptions): void {
  check(cleanupSchema, 'deleteOldSessions', options);
}

/** Throws InvalidInput for invalid options of set-up. */
export function checkSetup(options: SetupOptions): void {
  check(setupSchema, 'setup', options);
}
