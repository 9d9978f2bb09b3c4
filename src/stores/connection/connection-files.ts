import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from '../store-error.ts';
import {
  type ConnectionDefaults,
  type ConnectionSettings,
  ofSecret,
  settingsOf,
} from './connection-settings.ts';
import { type ConnectionValues, connectionKeys, longestOf } from './connection-values.ts';
import { isAboutTls } from './uri-parameters.ts';

const unusable = (key: string, what: string) =>
  new StoreError('SecretIncomplete', `The Secret's key ${key} ${what}`);

/** Reads at most the maximum of a value, and only from a regular file: a pipe or a device would not end. */
async function readValue(file: FileHandle, key: string): Promise<string> {
  if (!(await file.stat()).isFile()) throw unusable(key, 'is not a file');
  const most = longestOf(key);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(most + 2), 0, most + 2, 0);
  // `echo` and editors add a newline at the end.
  const value = buffer.toString('utf8', 0, bytesRead).replace(/\r?\n$/, '');
  if (Buffer.byteLength(value) > most) throw unusable(key, `is longer than ${most} bytes`);
  if (value.includes('\ufffd')) throw unusable(key, 'is not UTF-8');
  return value;
}

async function readKey(folder: string, key: string): Promise<string | undefined> {
  try {
    // NONBLOCK, so that opening a pipe does not block.
    await using file = await open(join(folder, key), constants.O_RDONLY | constants.O_NONBLOCK);
    return await readValue(file, key);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw error instanceof StoreError ? error : unusable(key, `cannot be read: ${code}`);
  }
}

/**
 * The keys to read: the known ones, and those that ask for TLS in another driver's spelling, because ignoring one means
 * no TLS.
 */
async function keysIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return [...new Set([...connectionKeys, ...names.filter(isAboutTls)])];
}

/** The keys that exist and are not empty. */
async function readKeys(folder: string): Promise<ConnectionValues> {
  const read = (await keysIn(folder)).map(async (key) => [key, await readKey(folder, key)] as const);
  return Object.fromEntries(
    (await Promise.all(read)).flatMap(([key, value]) => (value ? [[key, value]] : [])),
  );
}

/**
 * Reads a connection's Secret from its mount. Throws SecretMissing without a mounted Secret, and SecretIncomplete
 * with the key that is missing or invalid.
 */
export async function readConnection(
  folder: string,
  defaults: ConnectionDefaults,
): Promise<ConnectionSettings> {
  const values = await readKeys(folder);
  if (Object.keys(values).length > 0) return settingsOf(values, defaults, ofSecret);
  throw new StoreError(
    'SecretMissing',
    'The connection’s Secret does not exist, or has none of the keys uri, host, username, password, database',
  );
}

/** The readable keys, for the list of values that must not be shown. */
export async function readableValues(folder: string): Promise<ConnectionValues> {
  const read = connectionKeys.map(async (key) => [key, await readKey(folder, key).catch(() => '')] as const);
  return Object.fromEntries(
    (await Promise.all(read)).flatMap(([key, value]) => (value ? [[key, value]] : [])),
  );
}
