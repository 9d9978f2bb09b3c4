import { z } from 'zod';
import type { FailureReason } from '../../api/reasons.ts';
import type { Finding } from './finding.ts';

/** The search of a pod, as the command line describes it. */
export const searchSchema = z.object({
  /** Absent: the Secret tells the server. */
  backend: z.enum(['postgres', 'mysql', 'directory']).optional(),
  schema: z.string().optional(),
  /** Below the claim's root. */
  path: z.string().optional(),
  unmodifiedFor: z.string(),
  ttl: z.string(),
  timeZone: z.string().optional(),
});

export type Search = z.output<typeof searchSchema>;

/** A line of the pod's log. */
export type SearchLine =
  | { readonly finding: Finding }
  | { readonly end: { readonly failure?: { readonly reason: FailureReason; readonly message: string } } };

/** `tenant_*` as a test of names; only * is special. */
export function isWantedBy(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  const expression = new RegExp(`^${parts.join('.*')}$`, 's');
  return (name) => expression.test(name);
}
