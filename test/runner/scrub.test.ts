import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { credentialsOf } from '../../src/runner/credentials.ts';
import { type Proven, scrubber } from '../../src/runner/scrub.ts';
import { randomNumbers } from '../random.ts';

const random = randomNumbers(8);
const one = <T>(items: readonly T[]): T => items[random(items.length)] as T;

const alphabet = [...'abcXYZ0189!@#$%^&*()_+-=[]{};:\'"\\|,.<>/?~` äß界€'];
/** A value that no sentence holds by chance. */
const secretValue = (length: number) => `Zq7${Array.from({ length }, () => one(alphabet)).join('')}x9`;

/** How drivers, servers and libraries write a value into a message. */
const writings: Readonly<Record<string, (value: string) => string>> = {
  'as it is': (value) => value,
  'in quotation marks': (value) => `"${value.replaceAll('"', '""')}"`,
  'in single ones': (value) => `'${value.replaceAll("'", "''")}'`,
  'escaped by backslashes': (value) => value.replace(/[\\'"]/g, '\\$&'),
  'as JSON': (value) => JSON.stringify({ password: value }),
  'as JSON in JSON': (value) => JSON.stringify(JSON.stringify({ password: value })),
  'as Node prints it': (value) => inspect({ password: value }, { breakLength: Number.POSITIVE_INFINITY }),
  'percent-encoded': encodeURIComponent,
  'as a form sends it': (value) => encodeURIComponent(value).replaceAll('%20', '+'),
  'in a URI': (value) => {
    const url = new URL('postgres://db/shop');
    url.password = value;
    return url.href;
  },
  'in lower case': (value) => value.toLowerCase(),
  'in base64': (value) => Buffer.from(value).toString('base64'),
  'in base64 with a user name before it': (value) => Buffer.from(`app:${value}`).toString('base64'),
  'in base64 between zeros': (value) => Buffer.from(`\0app\0${value}\0`).toString('base64url'),
  'in hexadecimal': (value) => Buffer.from(value).toString('hex').toUpperCase(),
  'cut to 20 characters': (value) => value.slice(0, 20),
};
const sentences = [
  (text: string) => `password authentication failed: ${text}`,
  (text: string) => `getaddrinfo ENOTFOUND ${text}`,
  (text: string) => `Access denied for user ${text}@10.0.0.1 (using password: YES)`,
  (text: string) => `${text}${text}`,
];

/** A remaining trace of a value: eight of its characters in a row, in any written form. */
function traceOf(value: string, shown: string): string | undefined {
  const texts = [shown, decoded(shown), shown.replace(/\\(.)/g, '$1')].map((text) => text.toLowerCase());
  for (let at = 0; at + 8 <= value.length; at += 1) {
    const part = value.slice(at, at + 8).toLowerCase();
    if (texts.some((text) => text.includes(part))) return part;
  }
  return undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

describe.each(['password', 'tls.key', 'uri', 'host', 'username', 'database'])('a value under %s', (key) => {
  test.each(Object.entries(writings))('leaves nothing of itself in a message, %s', (_title, write) => {
    for (let round = 0; round < 12; round += 1) {
      const value = secretValue(10 + random(80));
      const secret = {
        host: 'db',
        username: 'app',
        password: 'other',
        database: 'shop',
        [key]: key === 'uri' ? `postgres://app:${encodeURIComponent(value)}@db/shop` : value,
      };
      const message = one(sentences)(write(value));
      const shown = scrubber(credentialsOf(secret), 'nothing')(message);
      expect(traceOf(value, shown), `${value} in ${shown}`).toBeUndefined();
    }
  });
});

const scrubbed = (secret: Record<string, string>, proven: Proven, text: string) =>
  scrubber(credentialsOf(secret), proven)(text);

describe('a short password, or a word, does not tell itself by what is missing from a sentence', () => {
  const sentence =
    'password authentication failed for user "app"; add a password to the table public.session';
  test.each(['a', '1', 'to', 'password', 'session', 'table', 'app'])('%s', (password) => {
    const secret = { host: 'db', username: 'app', password, database: 'shop' };
    expect(scrubbed(secret, 'admitted', sentence)).toBe(sentence);
  });
  test.each<[string, string, string]>([
    ['word', 'invalid value "word" for word', 'invalid value "‹password›" for word'],
    ['word', 'postgres://app:word@db', 'postgres://app:‹password›@db'],
    ['word', 'host=db password=word', 'host=db password=‹password›'],
    ['w+rd', 'password=w%2Brd&x', 'password=‹password›&x'],
  ])('but %s goes where it is quoted: %s', (password, text, shown) => {
    expect(scrubbed({ password }, 'admitted', text)).toBe(shown);
  });
});

test('a line of a key goes as the whole key does', () => {
  const line = 'bm90IGEga2V5LCBidXQgYSBsaW5lIGFzIGxvbmcgYXMgb25lIGluIGEgUEVNIGlz';
  const key = `-----BEGIN PRIVATE KEY-----\n${line}\n-----END PRIVATE KEY-----\n`;
  expect(scrubbed({ 'tls.key': key }, 'admitted', `bad line ${line}.`)).toBe('bad line ‹tls.key›.');
  expect(scrubbed({ 'tls.key': key }, 'admitted', `bad key: ${JSON.stringify(key)}`)).not.toContain('bm90');
});

test('a name that is not used is never found right: the password under dbname stays hidden', () => {
  const secret = {
    host: 'db',
    username: 'app',
    database: 'shop',
    dbname: 's3cret-w0rd',
    password: 's3cret-w0rd',
  };
  expect(scrubbed(secret, 'admitted', 'role app may not, s3cret-w0rd')).toMatch(/^role app may not, ‹\w+›$/);
});
