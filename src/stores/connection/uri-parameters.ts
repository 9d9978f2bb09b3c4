import { isStricter, type TlsMode, tlsModeIn, tlsModes } from './tls-modes.ts';

/** A parameter's requirement for TLS: exactly a mode, or at least that mode. */
interface TlsRequest {
  readonly parameter: string;
  readonly mode: TlsMode;
  readonly isMinimum?: true;
}

type Meaning = (value: string) => Omit<TlsRequest, 'parameter'> | 'nothing' | undefined;

const yes: Omit<TlsRequest, 'parameter'> = { mode: 'require', isMinimum: true };
const modeNamed: Meaning = (value) => {
  const mode = tlsModeIn(value);
  return mode && { mode };
};
const oneOf =
  (values: Readonly<Record<string, Omit<TlsRequest, 'parameter'> | 'nothing'>>): Meaning =>
  (value) => {
    const word = value.toLowerCase().replaceAll(/\s/g, '');
    return Object.hasOwn(values, word) ? values[word] : undefined;
  };
const booleans = { true: yes, '1': yes, false: { mode: 'disable' }, '0': { mode: 'disable' } } as const;

/** Removes case, hyphens and underscores: `ssl-mode`, `sslMode` and `SSL_MODE` are the same name. */
const plain = (name: string) => name.toLowerCase().replaceAll(/[-_]/g, '');

/** Parameters that have one meaning in every driver that supports them. */
const meanings: Readonly<Record<string, Meaning>> = {
  sslmode: modeNamed,
  ssl: (value) =>
    modeNamed(value) ??
    oneOf({
      ...booleans,
      '{"rejectunauthorized":true}': { mode: 'verify-full' },
      '{"rejectunauthorized":false}': yes,
    })(value),
  // Go's driver for MySQL.
  tls: oneOf({
    true: { mode: 'verify-full' },
    'skip-verify': { mode: 'require' },
    preferred: { mode: 'prefer' },
    false: { mode: 'disable' },
  }),
  // libpq before sslmode existed, and Connector/J.
  requiressl: oneOf({ '1': yes, true: yes, '0': 'nothing', false: 'nothing' }),
  sslrootcert: oneOf({ system: { mode: 'verify-full' } }),
  channelbinding: oneOf({ disable: 'nothing', prefer: 'nothing' }),
  gssencmode: oneOf({ disable: 'nothing', prefer: 'nothing' }),
  sslnegotiation: oneOf({ postgres: 'nothing' }),
  targetsessionattrs: oneOf({ any: 'nothing', 'read-write': 'nothing', primary: 'nothing' }),
};

const harmless: ReadonlySet<string> = new Set(
  [
    // The application's name: a run uses session-store-operator.
    ...['application_name', 'fallback_application_name'],
    // The application's time limits and pool: a run has its own limits and one connection.
    ...[
      'connect_timeout',
      'connection_timeout',
      'timeout',
      'socket_timeout',
      'pool_timeout',
      'tcp_user_timeout',
    ],
    ...['keepalives', 'keepalives_idle', 'keepalives_interval', 'keepalives_count', 'tcp_keep_alive'],
    ...[
      'connection_limit',
      'pool',
      'pool_size',
      'max_pool_size',
      'min_pool_size',
      'auto_reconnect',
      'reconnect',
    ],
    // Prepared statements, caches and poolers: a run works through a pooler.
    ...['pgbouncer', 'prepare_threshold', 'statement_cache_size', 'prepared_statements'],
    // The application's character set: a run always uses Unicode.
    ...['charset', 'client_encoding', 'encoding', 'character_encoding', 'use_unicode', 'collation'],
    // The application's types of times and numbers.
    ...['parse_time', 'date_strings', 'support_big_numbers', 'big_number_strings'],
    // The public key for a password without TLS: the driver fetches it by itself.
    'allow_public_key_retrieval',
  ].map(plain),
);

/** The TLS mode that the parameters require, or the reason to refuse them. */
export type Parameters = { readonly problem: string } | { readonly tlsMode?: TlsMode };

const remedies: Readonly<Record<string, string>> = {
  options: 'has start-up options, which poolers refuse: set them on the role (ALTER ROLE … SET …)',
  channelbinding:
    'asks for channel_binding, which a run cannot require: leave it out and set sslmode=verify-full',
  ...Object.fromEntries(
    ['sslrootcert', 'sslca', 'sslcert', 'sslkey', 'sslcapath', 'sslcrl'].map((name) => [
      name,
      `names a file of TLS in ${name}, which is not in the pod: put its content under ca.crt, tls.crt or tls.key`,
    ]),
  ),
  ...Object.fromEntries(
    ['user', 'username', 'password', 'host', 'port', 'dbname', 'database'].map((name) => [
      name,
      `has ${name} after the ?: write it before, as in scheme://user:password@host:port/database`,
    ]),
  ),
};

/** Repeats only text that looks like a parameter's name; other text may be the rest of a password. */
const named = (name: string) => (/^[A-Za-z][A-Za-z_.-]{1,39}$/.test(name) ? ` ${name}` : '');

function tlsRequestsOf(
  parameters: Iterable<readonly [string, string]>,
): readonly TlsRequest[] | { readonly problem: string } {
  const requests: TlsRequest[] = [];
  for (const [parameter, value] of parameters) {
    const name = plain(parameter);
    const meaning = Object.hasOwn(meanings, name) ? meanings[name] : undefined;
    const request = harmless.has(name) ? 'nothing' : meaning?.(value);
    if (request === undefined) return { problem: refusalOf(parameter, meaning !== undefined) };
    if (request !== 'nothing') requests.push({ parameter, ...request });
  }
  return requests;
}

function refusalOf(parameter: string, isKnown: boolean): string {
  const name = plain(parameter);
  if (Object.hasOwn(remedies, name)) return remedies[name] ?? '';
  return isKnown
    ? `says${named(parameter)} in a way that is not understood: leave it out; for TLS write sslmode=, one of ${tlsModes.join(', ')}`
    : `has the parameter${named(parameter)}, which is not understood: leave it out; for TLS write sslmode=`;
}

const areConsistent = (one: TlsRequest, other: TlsRequest): boolean =>
  one.mode === other.mode || (one.isMinimum === true && isStricter(other.mode, one.mode));

/**
 * True for the name of a TLS setting in any driver's spelling; names with a dot, such as `tls.crt`, are not settings.
 */
export const isAboutTls = (name: string): boolean =>
  /^(use|require)?(ssl|tls)[a-z]*$|^channelbinding$/.test(plain(name));

/** Reads the parameters of a URI, or separate TLS settings. */
export function parametersOf(parameters: Iterable<readonly [string, string]>): Parameters {
  const requests = tlsRequestsOf(parameters);
  if ('problem' in requests) return requests;
  const [strictest] = [...requests].sort((a, b) => tlsModes.indexOf(b.mode) - tlsModes.indexOf(a.mode));
  if (!strictest) return {};
  const other = requests.find((request) => !areConsistent(request, strictest));
  if (!other) return { tlsMode: strictest.mode };
  const names = [...new Set([strictest.parameter, other.parameter])].join(' and ');
  return { problem: `contradicts itself about TLS in ${names}: keep one of them` };
}
