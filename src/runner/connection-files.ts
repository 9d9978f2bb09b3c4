import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
// Unlike decodeURIComponent, it throws at nothing.
import { unescape as percentDecoded } from 'node:querystring';
import { StoreError } from './store-error.ts';

/** libpq's modes; `allow` is left out, as it prefers to talk in the clear. */
export const tlsModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type TlsMode = (typeof tlsModes)[number];

/** What a connection's Secret says, whichever of its forms said it. */
export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password?: string;
  readonly database: string;
  readonly tlsMode: TlsMode;
  /** PEM. */
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/** What differs from one kind of server to the next. */
export interface ConnectionDefaults {
  readonly port: number;
  /** Schemes that a `uri` may have, such as `postgresql:`. */
  readonly schemes: readonly string[];
}

const keys = [
  ...['uri', 'host', 'port', 'username', 'user', 'password', 'database', 'dbname'],
  ...['sslmode', 'ca.crt', 'tls.crt', 'tls.key'],
] as const;
type Values = Readonly<Record<string, string>>;

const incomplete = (message: string) => new StoreError('SecretIncomplete', message);

async function readKey(folder: string, key: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, key), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw incomplete(`The Secret's key ${key} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** The keys that are there and not empty; `echo` and editors leave a newline at the end. */
async function readKeys(folder: string): Promise<Values> {
  const read = keys.map(async (key) => [key, (await readKey(folder, key))?.replace(/\r?\n$/, '')] as const);
  return Object.fromEntries(
    (await Promise.all(read)).flatMap(([key, value]) => (value ? [[key, value]] : [])),
  );
}

function parseUri(uri: string, schemes: readonly string[]): Values {
  const problem = (what: string) => incomplete(`The Secret's key uri ${what}`);
  if (!URL.canParse(uri)) {
    throw problem('is not a URI: special characters in user name and password must be percent-encoded');
  }
  const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(uri);
  if (!schemes.includes(protocol)) throw problem(`must begin with ${schemes[0]}//`);
  if (hostname.includes(',')) throw problem('names several hosts: name the one that can be written to');
  if (searchParams.has('options')) {
    throw problem('has start-up options, which poolers refuse: set them on the role (ALTER ROLE … SET …)');
  }
  const decode = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw problem('holds a % that encodes nothing: write %25');
    }
  };
  const ssl = searchParams.get('ssl') === 'true' ? 'require' : '';
  const said = {
    ...{ host: decode(hostname).replace(/^\[(.*)\]$/, '$1'), port, username: decode(username) },
    ...{ password: decode(password), database: decode(pathname.slice(1)) },
    sslmode: searchParams.get('sslmode') ?? ssl,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== ''));
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw incomplete("The Secret's key port is not a port: expected 1 to 65535");
  return port;
}

function tlsModeOf(text: string): TlsMode {
  const mode = tlsModes.find((candidate) => candidate === text);
  if (!mode)
    throw incomplete(`The Secret's key sslmode (or the uri's) must be one of ${tlsModes.join(', ')}`);
  return mode;
}

/** With a CA the server is verified, unless the Secret says otherwise; without one, libpq's own default. */
function tlsOf(values: Values): Pick<ConnectionSettings, 'tlsMode' | 'ca' | 'certificate' | 'key'> {
  const { 'ca.crt': ca, 'tls.crt': certificate, 'tls.key': key, sslmode } = values;
  const tlsMode = tlsModeOf(sslmode ?? (ca ? 'verify-full' : 'prefer'));
  if (tlsMode === 'verify-ca' && !ca) {
    throw incomplete("The Secret's sslmode is verify-ca, which needs the key ca.crt");
  }
  if (certificate && !key) throw incomplete('The Secret has tls.crt and lacks the key tls.key');
  if (key && !certificate) throw incomplete('The Secret has tls.key and lacks the key tls.crt');
  return { tlsMode, ...(ca && { ca }), ...(certificate && key && { certificate, key }) };
}

/**
 * Reads a connection's Secret from where it is mounted. What `uri` says goes before the other keys. Throws
 * SecretMissing where nothing is mounted, SecretIncomplete naming the key that is missing or cannot be used.
 */
export async function readConnection(
  folder: string,
  defaults: ConnectionDefaults,
): Promise<ConnectionSettings> {
  const files = await readKeys(folder);
  if (Object.keys(files).length === 0) {
    throw new StoreError(
      'SecretMissing',
      'The connection’s Secret does not exist, or has none of the keys uri, host, username, password, database',
    );
  }
  const values: Values = { ...files, ...(files['uri'] && parseUri(files['uri'], defaults.schemes)) };
  const need = (...names: readonly [string, ...string[]]): string => {
    const name = names.find((candidate) => values[candidate] !== undefined);
    if (name === undefined)
      throw incomplete(`The Secret lacks the key ${names.join(' or ')} (or a uri with it)`);
    return values[name] as string;
  };
  return {
    host: need('host'),
    port: values['port'] === undefined ? defaults.port : portOf(values['port']),
    username: need('username', 'user'),
    ...(values['password'] !== undefined && { password: values['password'] }),
    database: need('database', 'dbname'),
    ...tlsOf(values),
  };
}

/** What must never be shown of the Secret: its password in every form it is there, and its key. */
export async function credentialsIn(folder: string): Promise<readonly string[]> {
  const { uri = '', password = '', 'tls.key': key = '' } = await readKeys(folder);
  const encoded = URL.canParse(uri) ? new URL(uri).password : '';
  return [...new Set([uri, password, key, encoded, percentDecoded(encoded)])].filter((value) => value !== '');
}
