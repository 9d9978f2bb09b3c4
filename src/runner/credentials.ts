// Unlike decodeURIComponent, this function never throws.
import { unescape as percentDecoded } from 'node:querystring';
import { readableValues } from '../stores/connection/connection-files.ts';
import type { ConnectionValues } from '../stores/connection/connection-values.ts';
import type { Credential } from './scrub.ts';

type Shown = Credential['shownOnce'];

const both = (name: string, value: string, shownOnce?: Shown): readonly Credential[] =>
  [value, percentDecoded(value)].map((form) => ({ name, value: form, ...(shownOnce && { shownOnce }) }));

/** The parts of a URI. */
function partsOf(uri: string): readonly Credential[] {
  if (!URL.canParse(uri)) return [];
  const { username, password, hostname, pathname, searchParams } = new URL(uri);
  return [
    ...both('host', hostname, 'resolved'),
    ...both('username', username, 'admitted'),
    ...both('database', pathname.slice(1), 'admitted'),
    ...both('password', password),
    ...[...searchParams.values()].flatMap((value) => both('uri', value)),
  ];
}

/** `user:password@host` in the key host, or an unencoded password that no URI parser accepts. */
const userInfoOf = (text: string): readonly Credential[] => {
  const [, password = ''] = /^(?:[^:/@]*:\/\/)?[^:@]*:(.*)@/s.exec(text) ?? [];
  return both('password', password);
};

/** A value under `host` that is more than a host is secret as a whole and in its parts. */
const hostOf = (host: string, isUsed: boolean): readonly Credential[] =>
  /[:@/\s]/.test(host) && !/^[0-9a-f:.]+$/i.test(host)
    ? [{ name: 'host', value: host }, ...partsOf(host).map(alwaysHidden), ...userInfoOf(host)]
    : both('host', host, isUsed ? 'resolved' : undefined);

const alwaysHidden = ({ name, value }: Credential): Credential => ({ name, value });

/**
 * Every value that a message of a run must not show, or not yet. An unused value is never proven, so it is never shown.
 */
export function credentialsOf(values: ConnectionValues): readonly Credential[] {
  const ofUri = partsOf(values['uri'] ?? '');
  const has = (name: string) => ofUri.some((part) => part.name === name && part.value !== '');
  const used: Readonly<Record<string, boolean>> = {
    username: !has('username'),
    user: !has('username') && !values['username'],
    database: !has('database'),
    dbname: !has('database') && !values['database'],
  };
  const named = (name: string): Credential => ({
    name,
    value: values[name] ?? '',
    ...(used[name] && { shownOnce: 'admitted' as const }),
  });
  const all: readonly Credential[] = [
    ...hostOf(values['host'] ?? '', !has('host')),
    ...['username', 'user', 'database', 'dbname', 'port', 'sslmode'].map(named),
    ...ofUri,
    ...userInfoOf(values['uri'] ?? ''),
    ...['uri', 'password', 'tls.key'].map(named),
  ];
  return all.filter(({ value }) => value !== '');
}

/** Credentials of a Secret that is mounted in a folder, from the keys that can be read. */
export const credentialsIn = async (folder: string): Promise<readonly Credential[]> =>
  credentialsOf(await readableValues(folder));
