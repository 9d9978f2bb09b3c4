import { z } from 'zod';

/** The SessionStore or program that provisions a store, as the store's mark names it. No uid, as that would change on a restore. */
export interface Owner {
  readonly installation: string;
  readonly namespace: string;
  readonly name: string;
}

export const ownerSchema = z.object({
  installation: z.string().min(1).max(64),
  namespace: z.string().min(1).max(63),
  name: z.string().min(1).max(44),
}) satisfies z.ZodType<Owner>;
