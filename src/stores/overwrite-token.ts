import type { SetupReport } from '../api/runner-result.ts';
import { fingerprintOf, mostSpentTokens, spentTokensOf } from '../api/spent-tokens.ts';
import type { SetupOptions } from './session-store.ts';
import { StoreError } from './store-error.ts';

type Asked = Pick<SetupOptions, 'ifExists' | 'overwriteToken' | 'spentTokens'>;
type Known = { readonly spentTokens: readonly string[] } | undefined;

const tokenIn = ({ ifExists, overwriteToken }: Asked): string | undefined =>
  ifExists === 'Overwrite' ? overwriteToken : undefined;

/**
 * The token that permits an overwrite now. A token permits one: it is spent if status or the mark records it. Throws
 * InvalidInput if the token could not be recorded.
 */
export function freshToken(asked: Asked, mark: Known): string | undefined {
  const token = tokenIn(asked);
  const spent = spentTokensOf({ spentTokens: asked.spentTokens }, mark);
  if (token === undefined || spent.includes(fingerprintOf(token))) return undefined;
  if (spent.length < mostSpentTokens) return token;
  throw new StoreError(
    'InvalidInput',
    `Expected fewer than ${mostSpentTokens} overwrites of one store, as each token is recorded; found ` +
      `${spent.length}. The store was not overwritten. Set setup.ifExists to Adopt; to start over, ` +
      'remove the store by hand first.',
  );
}

/**
 * The tokens that are spent once set-up has finished. The requested token is spent even if there was no store to
 * overwrite: otherwise the next run would overwrite the store that this run created.
 */
export function spentTokensAfter(asked: Asked, mark: Known): string[] {
  const token = freshToken(asked, mark);
  const spent = spentTokensOf({ spentTokens: asked.spentTokens }, mark);
  return token === undefined ? spent : [...spent, fingerprintOf(token)];
}

/** The tokens in the report of a set-up. */
export function tokensReported(
  asked: Asked,
  mark: Known,
): Pick<SetupReport, 'overwriteToken' | 'spentTokens'> {
  const token = tokenIn(asked);
  const spentTokens = spentTokensOf({ spentTokens: asked.spentTokens }, mark);
  return {
    ...(token !== undefined && { overwriteToken: token }),
    ...(spentTokens.length > 0 && { spentTokens }),
  };
}
