import type { DirectoryLayout } from '../../layouts/layout.ts';
import { StoreError } from '../store-error.ts';

const longestName = 255;

/**
 * The file name of a session, each byte as one character (latin1); InvalidInput for an id that is none: it could
 * leave the folder, or would never be seen as a session. As in Python's os.fsencode(), a byte that is no valid UTF-8
 * stands in the id as a lone surrogate from U+DC80 to U+DCFF.
 */
export function fileNameOf(id: string, layout: DirectoryLayout): string {
  const name = bytesOf(id).toString('latin1');
  const wrong =
    whatIsWrong(id, name) ??
    (layout.isSessionName(name) ? undefined : 'is not a valid name of a session here');
  if (wrong === undefined) return name;
  throw new StoreError(
    'InvalidInput',
    `Expected a session's id that can be a file name; got one that ${wrong}.`,
  );
}

/** The id of a file name that namesIn() gave: the other way around. */
export function idOf(name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) return text;
  // One byte at a time: what is valid UTF-8 is kept, each other byte becomes a surrogate.
  let id = '';
  for (let at = 0; at < bytes.length; ) {
    const length = [1, 2, 3, 4].find((size) => isCharacter(bytes.subarray(at, at + size)));
    id += length ? bytes.toString('utf8', at, at + length) : String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
    at += length ?? 1;
  }
  return id;
}

function isCharacter(bytes: Buffer): boolean {
  const text = bytes.toString('utf8');
  return [...text].length === 1 && Buffer.from(text).equals(bytes);
}

function bytesOf(id: string): Buffer {
  return Buffer.concat([...id].map((character) => Buffer.from(...encodingOf(character))));
}

function encodingOf(character: string): [string, BufferEncoding] {
  const code = character.charCodeAt(0);
  const isByte = character.length === 1 && code >= 0xdc80 && code <= 0xdcff;
  return isByte ? [String.fromCharCode(code - 0xdc00), 'latin1'] : [character, 'utf8'];
}

function whatIsWrong(id: string, name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.includes('/') || name.includes('\0')) return 'holds a slash or a NUL';
  if (name.startsWith('.')) return 'begins with a dot';
  if (name.length > longestName) return `is longer than ${longestName} bytes`;
  // A surrogate that stands for no byte, or a character spelled in bytes, would come back as another id.
  return idOf(name) === id ? undefined : 'is not well-formed text';
}
