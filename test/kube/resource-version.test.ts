import { expect, test } from 'vitest';
import { isNewer } from '../../src/kube/resource-version.ts';

test.each([
  ['10', '9'],
  ['101', '100'],
  ['340282366920938463463374607431768211455', '340282366920938463463374607431768211454'],
])('%s is newer than %s, and not the other way round', (newer, older) => {
  expect(isNewer(newer, older)).toBe(true);
  expect(isNewer(older, newer)).toBe(false);
});

test('no version is newer than itself', () => {
  expect(isNewer('42', '42')).toBe(false);
});
