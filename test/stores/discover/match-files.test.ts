import { expect, test } from 'vitest';
import { fileCandidatesOf } from '../../../src/stores/discover/match-files.ts';

const hex = (length: number, n: number): string => n.toString(16).padStart(length, 'a');
const some = <T>(make: (n: number) => T): readonly T[] => Array.from({ length: 20 }, (_, n) => make(n));
const namesOf = (...sample: Parameters<typeof fileCandidatesOf>): readonly string[] =>
  fileCandidatesOf(...sample).map(({ layout }) => layout);

/** Names and first bytes as each library writes them. */
const files = {
  session3: (n: number) => ({ name: hex(32, n), head: '\x80\x04\x95' }),
  'session-file-store': (n: number) => ({ name: `${hex(32, n)}.json`, head: '{"cookie":' }),
  'php-files': (n: number) => ({ name: `sess_${hex(26, n)}`, head: 'cart|a:0' }),
  'laravel-files': (n: number) => ({ name: hex(40, n), head: 'a:3:{s:6:' }),
  'codeigniter4-files': (n: number) => ({ name: `ci_session${hex(32, n)}`, head: '__ci_last' }),
  'django-files': (n: number) => ({ name: `sessionid${hex(32, n)}`, head: '.eJyrVo' }),
  'flask-cachelib': (n: number) => ({ name: hex(32, n), head: '\x00\x01\x02\x03\x80\x05' }),
  'adonisjs-files': (n: number) => ({ name: `${hex(24, n)}.txt`, head: '{"message":' }),
};

test.each(Object.entries(files))(
  'the files of %s are recognised as its own, and as no other’s',
  (layout, make) => {
    expect(namesOf(some(make))).toEqual([layout]);
  },
);

test('a few other files beside the library’s do not hide it, and are named', () => {
  const [first] = fileCandidatesOf([...some(files['php-files']), { name: 'README', head: 'Sessions' }]);
  expect(first).toEqual({
    layout: 'php-files',
    reasons: [
      'names and first bytes of 20 of 21 files are those of the library',
      '1 files are not its own, and are left alone',
    ],
  });
});

test('files of which most are something else, or none has a byte, are no candidate', () => {
  expect(namesOf([...some((n) => ({ name: `${n}.log`, head: 'x' })), files['php-files'](1)])).toEqual([]);
  expect(namesOf(some((n) => ({ name: hex(32, n), head: '' })))).toEqual([]);
  expect(namesOf(some((n) => ({ name: `${n}.json`, head: '[1, 2]' })))).toEqual([]);
});
