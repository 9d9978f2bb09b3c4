import { z } from 'zod';
import { ownerSchema } from '../api/owner.ts';
import { spentTokensSchema } from '../api/spent-tokens.ts';
import type { CleanupOptions, SetupOptions } from './session-store.ts';
import { StoreError } from './store-error.ts';

/** Three centuries: beyond what any store has a time for, MySQL and PostgreSQL count differently. */
const longestAge = 1e10;

const cleanupSchema = z.object({
  owner: ownerSchema.optional(),
  marked: z.boolean().optional(),
  // MySQL takes NaN and Infinity for 0, and every store takes a negative age for a time to come: all would be deleted.
  ageSeconds: z.number().min(0).max(longestAge),
  dryRun: z.boolean().optional(),
  pace: z.enum(['polite', 'full']).optional(),
});

const token = z.string().min(1).max(64).optional();
const setupSchema = z
  .object({
    // A mark with another could not be read again.
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

/** Throws InvalidInput for what a program may not ask; the operator's own options have come through the CRD. */
export function checkCleanup(options: CleanupOptions): void {
  check(cleanupSchema, 'deleteOldSessions', options);
}

/** The same of set-up. */
export function checkSetup(options: SetupOptions): void {
  check(setupSchema, 'setup', options);
}
