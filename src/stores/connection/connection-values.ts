import { isIP } from 'node:net';
import type { FailureReason } from '../../api/reasons.ts';
import { StoreError } from '../store-error.ts';

/** The keys of a connection's Secret and their limits in bytes; a CA may be a bundle of all public ones. */
const longestValue = {
  uri: 8192,
  host: 253,
  port: 5,
  username: 256,
  user: 256,
  password: 16_384,
  database: 256,
  dbname: 256,
  sslmode: 64,
  'ca.crt': 1_048_576,
  'tls.crt': 65_536,
  'tls.key': 65_536,
} as const;

export type ConnectionKey = keyof typeof longestValue;

/** The limit of a key in bytes; an unknown key contains a word, or a PEM that is refused by its name. */
export const longestOf = (key: string): number =>
  Object.hasOwn(longestValue, key) ? longestValue[key as ConnectionKey] : 65_536;

export const connectionKeys = Object.keys(longestValue) as readonly ConnectionKey[];
/** Empty values are left out. */
export type ConnectionValues = Readonly<Record<string, string>>;

/** The source of the values, so that a message names the exact place to fix. */
export interface ConnectionSource {
  readonly reason: FailureReason;
  /** Text before a name: `The Secret's key`. */
  readonly value: string;
  /** Text before a missing name: `The Secret lacks the key`. */
  readonly lacks: string;
  /** The source as a whole: `The Secret`. */
  readonly whole: string;
  /** Text after a missing name, where a uri beside it is not another way. */
  readonly instead?: string;
  /** The name of a key in this source. */
  readonly nameOf: (key: string) => string;
}

/** An error that names the invalid value's key and the problem, never the value. */
export const invalidValue = (
  { reason, value, nameOf }: ConnectionSource,
  key: string,
  what: string,
): StoreError => new StoreError(reason, `${value} ${nameOf(key)} ${what}`);

const hostName =
  /^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$/;

const isHost = (text: string): boolean => isIP(text) !== 0 || hostName.test(text);

const hasControl = (text: string): boolean => /[\p{Cc}\p{Cs}]/u.test(text);

const nameProblem = (text: string) =>
  hasControl(text) ? 'has a control character in it: expected a name alone' : undefined;

type Check = (text: string) => string | undefined;
const ofName: readonly [string, Check][] = ['username', 'user', 'database', 'dbname'].map((key) => [
  key,
  nameProblem,
]);

/** Checks by key. tls.ts checks PEM, and tls-modes.ts the TLS mode. */
const checks = new Map<string, Check>([
  ...ofName,
  [
    'host',
    (text) =>
      isHost(text)
        ? undefined
        : 'is not a host: expected a DNS name or an IP address alone, without scheme, user, password, port or path; ' +
          'put a whole URI under uri',
  ],
  ['port', (text) => (portNumber(text) > 0 ? undefined : 'is not a port: expected 1 to 65535')],
  ['password', (text) => (text.includes('\0') ? 'has a NUL character in it' : undefined)],
]);

export function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port <= 65_535 ? port : 0;
}

/** Throws with the key of a value that does not fit: a password under the wrong key must not be used or shown. */
export function checkValues(values: ConnectionValues, source: ConnectionSource): void {
  for (const [key, text] of Object.entries(values)) {
    const most = longestOf(key);
    if (Buffer.byteLength(text) > most) throw invalidValue(source, key, `is longer than ${most} bytes`);
    const what = checks.get(key)?.(text);
    if (what !== undefined) throw invalidValue(source, key, what);
  }
}
