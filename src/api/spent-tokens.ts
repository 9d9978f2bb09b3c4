import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * How many spent overwrite tokens are remembered, which fit into a MySQL table's comment of 2048 characters. A store with
 * that many is not overwritten again: to forget one of them would permit its overwrite a second time.
 */
export const mostSpentTokens = 64;

/** Spent tokens in the order they were spent, each as its fingerprint. */
export const spentTokensSchema = z.array(z.string().regex(/^[0-9a-f]{12}$/)).max(mostSpentTokens);

/** The first 12 hex digits of a token's SHA-256: short enough to keep many, long enough that no two tokens share it. */
export const fingerprintOf = (token: string): string =>
  createHash('sha256').update(token).digest('hex').slice(0, 12);

/** Where spent tokens are kept: status, a report, a mark. Earlier versions kept the last token alone, as it was written. */
export interface SpentTokens {
  readonly spentTokens?: readonly string[] | undefined;
  readonly overwriteToken?: string | undefined;
}

/** Every token that any of them knows, each once. What exceeds the limit may go, as nothing is overwritten at the limit. */
export function spentTokensOf(...places: readonly (SpentTokens | undefined)[]): string[] {
  const all = places.flatMap((place) => [
    ...(place?.spentTokens ?? []),
    ...(place?.overwriteToken === undefined ? [] : [fingerprintOf(place.overwriteToken)]),
  ]);
  return [...new Set(all)].slice(0, mostSpentTokens);
}
