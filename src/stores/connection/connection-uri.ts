import { type ConnectionSource, type ConnectionValues, invalidValue } from './connection-values.ts';
import { parametersOf } from './uri-parameters.ts';

const unencoded = 'special characters in user name and password must be percent-encoded';

/** An @ after the host means a password that was not encoded: the parser took its beginning for the host. */
const isCutByPassword = ({ pathname, search, hash }: URL): boolean =>
  `${pathname}${search}${hash}`.includes('@');

/** A URI that would be one with another port; an @ after the port means a password that was not encoded. */
function hasWrongPort(uri: string): boolean {
  const withPort = /^([a-z]+:\/\/(?:[^/?#]*@)?[^/?#@]+):\d+([/?#][^@]*)?$/.exec(uri);
  return withPort !== null && URL.canParse(`${withPort[1]}:1${withPort[2] ?? ''}`);
}

function problemOf(uri: string, schemes: readonly string[]): string | undefined {
  if (!URL.canParse(uri)) return hasWrongPort(uri) ? 'has a port above 65535' : `is not a URI: ${unencoded}`;
  const url = new URL(uri);
  if (!schemes.includes(url.protocol)) return `must begin with ${schemes[0]}//`;
  if (isCutByPassword(url)) return `has an @ after the host: ${unencoded}`;
  if (url.hash !== '') return 'has a #: write %23';
  if (url.hostname.includes(',')) return 'names several hosts: name the one that can be written to';
  return undefined;
}

/** Converts a URI into values under the Secret's keys; throws a message about the problem, without any value. */
export function valuesOfUri(
  uri: string,
  schemes: readonly string[],
  source: ConnectionSource,
): ConnectionValues {
  const wrong = (what: string) => invalidValue(source, 'uri', what);
  const what = problemOf(uri, schemes);
  if (what !== undefined) throw wrong(what);
  const { hostname, port, username, password, pathname, searchParams } = new URL(uri);
  const decode = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw wrong('contains a % that encodes no character: write %25');
    }
  };
  const given = {
    host: decode(hostname).replace(/^\[(.*)\]$/, '$1'),
    port,
    username: decode(username),
    password: decode(password),
    database: decode(pathname.slice(1)),
  };
  const parameters = parametersOf(searchParams);
  if ('problem' in parameters) throw wrong(parameters.problem);
  return Object.fromEntries(
    Object.entries({ ...given, sslmode: parameters.tlsMode ?? '' }).filter(([, value]) => value !== ''),
  );
}
