import { expect, test } from 'vitest';
import { fileNameOf, idOf } from '../../../src/stores/directory/sessions.ts';
import { session3Files } from './volume.ts';

const bytesOf = (id: string): Buffer => Buffer.from(fileNameOf(id, session3Files), 'latin1');

test.each([
  ['plain', 'f00dcafe', Buffer.from('f00dcafe')],
  ['with a space, a newline, a backslash', 'a \n\\b', Buffer.from('a \n\\b')],
  ['beyond ASCII', 'é€😀', Buffer.from('é€😀')],
  ['with bytes that are no UTF-8', 'a\udcffb\udc80', Buffer.from([0x61, 0xff, 0x62, 0x80])],
  ['as long as a name may be', 'x'.repeat(255), Buffer.from('x'.repeat(255))],
])('an id %s is that file name, and the other way around', (_, id, bytes) => {
  expect(bytesOf(id)).toEqual(bytes);
  expect(idOf(bytes.toString('latin1'))).toBe(id);
});

test('every file name has an id that leads back to it', () => {
  for (let seed = 1; seed < 2000; seed++) {
    // Bytes of a linear congruential generator, often those that UTF-8 is made of.
    let state = seed;
    const bytes = Buffer.from(
      Array.from({ length: 1 + (seed % 12) }, () => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        const byte = (state >> 16) & 0xff;
        return byte === 0 || byte === 0x2f || byte === 0x2e ? 0xe2 : byte;
      }),
    );
    expect(bytesOf(idOf(bytes.toString('latin1')))).toEqual(bytes);
  }
});

test.each([
  ['leaves the folder', '../secret'],
  ['is the folder', '.'],
  ['is the folder above', '..'],
  ['names a file in another folder', 'a/b'],
  ['is an absolute path', '/etc/passwd'],
  ['holds a NUL', 'a\0b'],
  ['is empty', ''],
  ['is a dot-file', '.sessionstore-sessions'],
  ['is too long', 'x'.repeat(256)],
  ['is too long in bytes', 'é'.repeat(128)],
  ['is half a character', '\ud83d'],
  ['spells a character in bytes', '\udcc3\udca9'],
  ['hides a slash in a byte', '\udc2f'],
])('an id that %s is refused', (_, id) => {
  expect(() => fileNameOf(id, session3Files)).toThrow(expect.objectContaining({ reason: 'InvalidInput' }));
});
