import { expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/api/spent-tokens.ts';
import type { Mark } from '../../../src/stores/directory/folder-mark.ts';
import { planOf } from '../../../src/stores/directory/setup.ts';
import { storePathsOf } from '../../../src/stores/directory/store-paths.ts';
import { owner } from './volume.ts';

const done: Mark = { version: 1, owner, origin: 'Created', state: 'Done', spentTokens: [] };
const spent: Mark = { ...done, spentTokens: [fingerprintOf('one'), fingerprintOf('two')] };
const overwrite = { ifExists: 'Overwrite', overwriteToken: 'two' } as const;

test.each([
  [
    'a missing folder is created',
    { mark: undefined, exists: false, options: { ifExists: 'Fail' } },
    'Create',
  ],
  [
    'the folder is gone, its mark is not: it is made',
    { mark: done, exists: false, options: overwrite },
    'Create',
  ],
  [
    'an existing folder is adopted',
    { mark: undefined, exists: true, options: { ifExists: 'Adopt' } },
    'Adopt',
  ],
  ['Fail refuses it', { mark: undefined, exists: true, options: { ifExists: 'Fail' } }, 'Refuse'],
  ['Fail finds its own work', { mark: done, exists: true, options: { ifExists: 'Fail' } }, 'Verify'],
  ['a new token overwrites it', { mark: undefined, exists: true, options: overwrite }, 'Overwrite'],
  ['a new token overwrites its own', { mark: done, exists: true, options: overwrite }, 'Overwrite'],
  ['a token that stands in the mark does not', { mark: spent, exists: true, options: overwrite }, 'Verify'],
  [
    'a token that stands in status does not, though the mark is lost',
    { mark: undefined, exists: true, options: { ...overwrite, spentTokens: spent.spentTokens } },
    'Adopt',
  ],
  [
    'Overwrite without a token destroys nothing',
    { mark: undefined, exists: true, options: { ifExists: 'Overwrite' } },
    'Adopt',
  ],
  [
    'the intent of an earlier run is continued, for any current request',
    { mark: { ...done, state: 'Intent' }, exists: true, options: overwrite },
    'Resume',
  ],
] as const)('%s', (_, found, plan) => {
  expect(planOf(found)).toBe(plan);
});

test('the files of a store are beside its folder', () => {
  const paths = storePathsOf('/volume', 'shop/sessions');
  expect(paths.folder).toBe('/volume/shop/sessions');
  expect(paths.mark).toBe('/volume/shop/.sessionstore-sessions/mark.json');
  expect(paths.levels).toEqual(['/volume/shop', '/volume/shop/sessions']);
});

test.each([
  '',
  '.',
  '..',
  '../x',
  'a/../../x',
  '/etc',
  'a//b',
  'a/',
  '.hidden',
  'a/.b',
  'a\0b',
  'x'.repeat(242),
])('the path %j is refused', (path) => {
  expect(() => storePathsOf('/volume', path)).toThrow(expect.objectContaining({ reason: 'PathInvalid' }));
});
