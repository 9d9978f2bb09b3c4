import type { FailureReason } from '../api/reasons.ts';
import { StoreError } from './store-error.ts';

/** libpq's modes; `allow` is left out, as it prefers to talk in the clear. */
export const tlsModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type TlsMode = (typeof tlsModes)[number];

/** How to reach a server, whoever said it in whichever form. */
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

/** How MySQL's own programs call them in a URI (`ssl-mode=REQUIRED`). */
const mysqlModes: Readonly<Record<string, TlsMode>> = {
  ...{ DISABLED: 'disable', PREFERRED: 'prefer', REQUIRED: 'require' },
  ...{ VERIFY_CA: 'verify-ca', VERIFY_IDENTITY: 'verify-full' },
};

/** What a connection's Secret may say; empty values are left out. */
export const connectionKeys = [
  ...['uri', 'host', 'port', 'username', 'user', 'password', 'database', 'dbname'],
  ...['sslmode', 'ca.crt', 'tls.crt', 'tls.key'],
] as const;
export type ConnectionValues = Readonly<Record<string, string>>;

/** Who said it, so that a message names the very place to mend. */
export interface Origin {
  readonly reason: FailureReason;
  /** `The Secret's key`, before a name. */
  readonly value: string;
  /** `The Secret lacks the key`, before a name. */
  readonly lacks: string;
  /** What a key is called there. */
  readonly nameOf: (key: string) => string;
}

export const ofSecret: Origin = {
  reason: 'SecretIncomplete',
  value: "The Secret's key",
  lacks: 'The Secret lacks the key',
  nameOf: (key) => key,
};

const problem = ({ reason, value, nameOf }: Origin, key: string, what: string) =>
  new StoreError(reason, `${value} ${nameOf(key)} ${what}`);

const missing = ({ reason, lacks, nameOf }: Origin, keys: readonly string[], why: string) =>
  new StoreError(reason, `${lacks} ${[...new Set(keys.map(nameOf))].join(' or ')} ${why}`);

function parseUri(uri: string, schemes: readonly string[], origin: Origin): ConnectionValues {
  const wrong = (what: string) => problem(origin, 'uri', what);
  if (!URL.canParse(uri)) {
    throw wrong('is not a URI: special characters in user name and password must be percent-encoded');
  }
  const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(uri);
  if (!schemes.includes(protocol)) throw wrong(`must begin with ${schemes[0]}//`);
  if (hostname.includes(',')) throw wrong('names several hosts: name the one that can be written to');
  if (searchParams.has('options')) {
    throw wrong('has start-up options, which poolers refuse: set them on the role (ALTER ROLE … SET …)');
  }
  const decode = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw wrong('holds a % that encodes nothing: write %25');
    }
  };
  const ssl = searchParams.get('ssl') === 'true' ? 'require' : '';
  const said = {
    ...{ host: decode(hostname).replace(/^\[(.*)\]$/, '$1'), port, username: decode(username) },
    ...{ password: decode(password), database: decode(pathname.slice(1)) },
    sslmode: searchParams.get('sslmode') ?? mysqlModes[searchParams.get('ssl-mode') ?? ''] ?? ssl,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== ''));
}

function portOf(text: string, origin: Origin): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw problem(origin, 'port', 'is not a port: expected 1 to 65535');
  return port;
}

function tlsModeOf(text: string, origin: Origin): TlsMode {
  const mode = tlsModes.find((candidate) => candidate === text);
  if (!mode) throw problem(origin, 'sslmode', `(or the uri's) must be one of ${tlsModes.join(', ')}`);
  return mode;
}

/** With a CA the server is verified, unless the origin says otherwise; without one, libpq's own default. */
function tlsOf(
  values: ConnectionValues,
  origin: Origin,
): Pick<ConnectionSettings, 'tlsMode' | 'ca' | 'certificate' | 'key'> {
  const { 'ca.crt': ca, 'tls.crt': certificate, 'tls.key': key, sslmode } = values;
  const tlsMode = tlsModeOf(sslmode ?? (ca ? 'verify-full' : 'prefer'), origin);
  const { nameOf } = origin;
  if (tlsMode === 'verify-ca' && !ca) {
    throw missing(origin, ['ca.crt'], `which ${nameOf('sslmode')} verify-ca needs`);
  }
  if (certificate && !key) throw missing(origin, ['tls.key'], `which belongs to ${nameOf('tls.crt')}`);
  if (key && !certificate) throw missing(origin, ['tls.crt'], `which belongs to ${nameOf('tls.key')}`);
  return { tlsMode, ...(ca && { ca }), ...(certificate && key && { certificate, key }) };
}

/** Makes settings of what was said. What `uri` says goes before the rest; throws naming the key that is wrong or missing. */
export function settingsOf(
  said: ConnectionValues,
  defaults: ConnectionDefaults,
  origin: Origin,
): ConnectionSettings {
  const values = { ...said, ...(said['uri'] && parseUri(said['uri'], defaults.schemes, origin)) };
  const need = (...keys: readonly [string, ...string[]]): string => {
    const value = keys.map((key) => values[key]).find((candidate) => candidate !== undefined);
    if (value === undefined) throw missing(origin, keys, '(or a uri with it)');
    return value;
  };
  return {
    host: need('host'),
    port: values['port'] === undefined ? defaults.port : portOf(values['port'], origin),
    username: need('username', 'user'),
    ...(values['password'] !== undefined && { password: values['password'] }),
    database: need('database', 'dbname'),
    ...tlsOf(values, origin),
  };
}
