import { expect, test } from 'vitest';
import { storePathsOf } from '../../../src/stores/directory/store-paths.ts';

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
