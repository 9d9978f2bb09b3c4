import { fingerprintOf } from '../../src/api/spent-tokens.ts';
import type { SetupPlan } from '../../src/stores/setup-plan.ts';

interface Found {
  readonly mark?: { readonly state: 'Intent' | 'Done'; readonly spentTokens: readonly string[] };
  readonly exists: boolean;
  readonly options: {
    readonly ifExists: 'Adopt' | 'Fail' | 'Overwrite';
    readonly overwriteToken?: string;
    readonly spentTokens?: readonly string[];
  };
}

const done = { state: 'Done', spentTokens: [] } as const;
const spent = { state: 'Done', spentTokens: [fingerprintOf('one'), fingerprintOf('two')] } as const;
const overwrite = { ifExists: 'Overwrite', overwriteToken: 'two' } as const;
const fail = { ifExists: 'Fail' } as const;

/** The decisions of set-up that every store makes alike, in TypeScript and in Python. */
export const planCases: readonly (readonly [title: string, found: Found, plan: SetupPlan])[] = [
  ['a missing store is created', { exists: false, options: fail }, 'Create'],
  [
    'the store is gone, its mark is not: it is made',
    { mark: done, exists: false, options: overwrite },
    'Create',
  ],
  ['an existing store is adopted', { exists: true, options: { ifExists: 'Adopt' } }, 'Adopt'],
  ['Fail refuses it', { exists: true, options: fail }, 'Refuse'],
  ['Fail finds its own work', { mark: done, exists: true, options: fail }, 'Verify'],
  ['a new token overwrites it', { exists: true, options: overwrite }, 'Overwrite'],
  ['a new token overwrites its own', { mark: done, exists: true, options: overwrite }, 'Overwrite'],
  ['a token that stands in the mark does not', { mark: spent, exists: true, options: overwrite }, 'Verify'],
  [
    'a token that stands in status does not, though the mark is lost',
    { exists: true, options: { ...overwrite, spentTokens: spent.spentTokens } },
    'Adopt',
  ],
  [
    'Overwrite without a token destroys nothing',
    { exists: true, options: { ifExists: 'Overwrite' } },
    'Adopt',
  ],
  [
    'the intent of an earlier run is continued, for any current request',
    { mark: { ...done, state: 'Intent' }, exists: true, options: overwrite },
    'Resume',
  ],
];
