import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
// Unlike decodeURIComponent, it throws at nothing.
import { unescape as percentDecoded } from 'node:querystring';
import {
  type ConnectionDefaults,
  type ConnectionSettings,
  type ConnectionValues,
  connectionKeys,
  ofSecret,
  settingsOf,
} from './connection-settings.ts';
import { StoreError } from './store-error.ts';

async function readKey(folder: string, key: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, key), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new StoreError('SecretIncomplete', `The Secret's key ${key} cannot be read: ${code}`);
  }
}

/** The keys that are there and not empty; `echo` and editors leave a newline at the end. */
async function readKeys(folder: string): Promise<ConnectionValues> {
  const read = connectionKeys.map(
    async (key) => [key, (await readKey(folder, key))?.replace(/\r?\n$/, '')] as const,
  );
  return Object.fromEntries(
    (await Promise.all(read)).flatMap(([key, value]) => (value ? [[key, value]] : [])),
  );
}

/**
 * Reads a connection's Secret from where it is mounted. Throws SecretMissing where nothing is mounted, SecretIncomplete
 * naming the key that is missing or cannot be used.
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

/** What must never be shown of the Secret: its password in every form it is there, and its key. */
export async function credentialsIn(folder: string): Promise<readonly string[]> {
  const { uri = '', password = '', 'tls.key': key = '' } = await readKeys(folder);
  const encoded = URL.canParse(uri) ? new URL(uri).password : '';
  return [...new Set([uri, password, key, encoded, percentDecoded(encoded)])].filter((value) => value !== '');
}
