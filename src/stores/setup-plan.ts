import { freshToken } from './overwrite-token.ts';
import type { SetupOptions } from './session-store.ts';

/** The ways of a set-up, for every kind of store. */
export type SetupPlan = 'Create' | 'Resume' | 'Adopt' | 'Overwrite' | 'Verify' | 'Refuse';

interface Found {
  /** The store's mark, which is this owner's. An intent is written before any change where a change takes several steps. */
  readonly mark: { readonly spentTokens: readonly string[]; readonly state?: 'Intent' | 'Done' } | undefined;
  readonly exists: boolean;
  readonly options: Pick<SetupOptions, 'ifExists' | 'overwriteToken' | 'spentTokens'>;
}

/**
 * The plan that follows from store, mark and options; test/stores/plan-cases.ts has the table. A missing mark by itself
 * permits only to adopt. The stores in Python have the same function.
 */
export function setupPlan({ mark, exists, options }: Found): SetupPlan {
  if (mark?.state === 'Intent') return 'Resume';
  if (!exists) return 'Create';
  if (freshToken(options, mark) !== undefined) return 'Overwrite';
  if (mark) return 'Verify';
  return options.ifExists === 'Fail' ? 'Refuse' : 'Adopt';
}
