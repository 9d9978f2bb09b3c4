import type { SetupReport } from '../api/runner-result.ts';
import { fingerprintOf, mostSpentTokens, spentTokensOf } from '../api/spent-tokens.ts';
import type { SetupOptions } from './session-store.ts';
import { StoreError } from './store-error.ts';

type Asked = Pick<SetupOptions, 'ifExists' | 'overwriteToken' | 'spentTokens'>;
type Known = { readonly spentTokens: readonly string[] } | undefined;

const tokenIn = ({ ifExists, overwriteToken }: Asked): string | undefined =>
  ifExists === 'Overwrite' ? overwriteToken : undefined;

/**
 * The token that permits an overwrite now. It permits one: whatever of status and mark knows it, it is spent. Throws
 * InvalidInput where it could not be remembered.
 */
export function freshToken(asked: Asked, mark: Known): string | undefined {
  const token = tokenIn(asked);
  const spent = spentTokensOf({ spentTokens: asked.spentTokens }, mark);
  if (token === undefined || spent.includes(fingerprintOf(token))) return undefined;
  if (spent.length < mostSpentTokens) return token;
  throw new StoreError(
    'InvalidInput',
    `Expected fewer than ${mostSpentTokens} overwrites of one store, as each token is remembered; found ${spent.length}. ` +
      'Nothing was overwritten. Set setup.ifExists to Adopt; to start over, remove the store by hand first.',
  );
}

/**
 * The tokens that are spent once set-up is done. The token that is asked for is spent even where there was nothing to
 * overwrite: else the next run would overwrite what was made by this one.
 */
export function spentTokensAfter(asked: Asked, mark: Known): string[] {
  const token = freshToken(asked, mark);
  const spent = spentTokensOf({ spentTokens: asked.spentTokens }, mark);
  return token === undefined ? spent : [...spent, fingerprintOf(token)];
}

/** What the report of a set-up says of tokens. */
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
