import { expect, test } from 'vitest';
import { withClaimPaths } from '../../src/runner/claim-paths.ts';
import { failureOf, reportOf } from '../../src/runner/failure.ts';
import { StoreError } from '../../src/stores/store-error.ts';

const rewrite = withClaimPaths('/volume', 'wiki');

test.each([
  [
    'Expected the files in /volume/shop/sessions to be sessions.',
    'the files in shop/sessions on claim wiki to',
  ],
  ['Expected a folder at /volume/sessions; found nothing.', 'a folder at sessions on claim wiki; found'],
  ['found /volume/a.b/c-d.', 'found a.b/c-d on claim wiki.'],
  ["remove '/volume/.sessions.sessionstore/mark'", "'.sessions.sessionstore/mark on claim wiki'"],
  ['Expected a mounted volume at /volume; found nothing.', 'at the root on claim wiki; found'],
])('%s says the claim and the path in it', (text, said) => {
  expect(rewrite(text)).toContain(said);
  expect(rewrite(text)).not.toContain('/volume');
});

test.each(['/volumes/sessions', '/data/volume/sessions', 'the volume is full'])(
  '%s stays as it is',
  (text) => {
    expect(rewrite(text)).toBe(text);
  },
);

test('every text of a run is rewritten', () => {
  const error = new StoreError('PathInvalid', 'found a link at /volume/sessions');
  expect(failureOf(error, [], rewrite).failure.message).toBe('found a link at sessions on claim wiki');
  expect(reportOf({ setup: { notes: ['/volume/sessions is empty'] } }, [], rewrite).setup.notes).toEqual([
    'sessions on claim wiki is empty',
  ]);
});
