import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * Maximum number of recorded spent overwrite tokens, so that they fit into a MySQL table's comment of 2048 characters.
 * A store with that many tokens is not overwritten again, because forgetting a token would permit its overwrite a
 * second time.
 */
export const mostSpentTokens = 64;

/** Spent tokens in the order in which they were spent, each as its fingerprint. */
export const spentTokensSchema = z.array(z.string().regex(/^[0-9a-f]{12}$/)).max(mostSpentTokens);

/**
 * The first 12 hex digits of a token's SHA-256: short enough to keep many, and long enough that two tokens do not share
 * one.
 */
export const fingerprintOf = (token: string): string =>
  createHash('sha256').update(token).digest('hex').slice(0, 12);

/**
 * Spent tokens as status, a report or a mark records them. Earlier versions recorded only the last token, as plain
 * text.
 */
export interface SpentTokens {
  readonly spentTokens?: readonly string[] | undefined;
  readonly overwriteToken?: string | undefined;
}

/**
 * Every token that any of the places records, each once. Tokens beyond the limit may be dropped, because a store at the
 * limit is not overwritten.
 */
export function spentTokensOf(...places: readonly (SpentTokens | undefined)[]): string[] {
  const all = places.flatMap((place) => [
    ...(place?.spentTokens ?? []),
    ...(place?.overwriteToken === undefined ? [] : [fingerprintOf(place.overwriteToken)]),
  ]);
  return [...new Set(all)].slice(0, mostSpentTokens);
}
