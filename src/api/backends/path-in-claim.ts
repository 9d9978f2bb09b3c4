import { z } from 'zod';
import { patterned } from '../patterned.ts';

/** A path inside a claim; each of its names has at most that many characters after the first. */
export function pathInClaim(rest: number): z.ZodString {
  const name = `[A-Za-z0-9_][A-Za-z0-9._-]{0,${rest}}`;
  return patterned(
    z.string().max(512),
    new RegExp(`^${name}(/${name})*$`),
    'must be a path inside the claim, such as shop/sessions: without a slash at either end, of names of letters, digits, "_", "." and "-" that do not begin with "." or "-"',
  );
}
