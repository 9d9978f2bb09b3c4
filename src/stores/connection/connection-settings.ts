import { StoreError } from '../store-error.ts';
import { valuesOfUri } from './connection-uri.ts';
import {
  type ConnectionSource,
  type ConnectionValues,
  checkValues,
  invalidValue,
  portNumber,
} from './connection-values.ts';
import { isStricter, type TlsMode, tlsModeIn, tlsModes } from './tls-modes.ts';
import { isAboutTls, parametersOf } from './uri-parameters.ts';

export type { TlsMode } from './tls-modes.ts';

/** Connection to a server, independent of the source and form of the values. */
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

/** Differences between the kinds of servers. */
export interface ConnectionDefaults {
  readonly port: number;
  /** Schemes of a `uri`, such as `postgresql:`. */
  readonly schemes: readonly string[];
}

export const ofSecret: ConnectionSource = {
  reason: 'SecretIncomplete',
  value: "The Secret's key",
  lacks: 'The Secret lacks the key',
  whole: 'The Secret',
  nameOf: (key) => key,
};

const missing = ({ reason, lacks, nameOf }: ConnectionSource, keys: readonly string[], why: string) =>
  new StoreError(reason, `${lacks} ${[...new Set(keys.map(nameOf))].join(' or ')} ${why}`);

function tlsModeOf(text: string, source: ConnectionSource): TlsMode {
  const mode = tlsModeIn(text);
  if (!mode) throw invalidValue(source, 'sslmode', `(or the uri's) must be one of ${tlsModes.join(', ')}`);
  return mode;
}

/** With a CA the server is verified, unless the origin sets another mode; without one, libpq's own default applies. */
function tlsOf(
  values: ConnectionValues,
  source: ConnectionSource,
): Pick<ConnectionSettings, 'tlsMode' | 'ca' | 'certificate' | 'key'> {
  const { 'ca.crt': ca, 'tls.crt': certificate, 'tls.key': key, sslmode } = values;
  const tlsMode = tlsModeOf(sslmode ?? (ca ? 'verify-full' : 'prefer'), source);
  const { nameOf } = source;
  if (tlsMode === 'verify-ca' && !ca) {
    throw missing(source, ['ca.crt'], `which ${nameOf('sslmode')} verify-ca needs`);
  }
  if (certificate && !key) throw missing(source, ['tls.key'], `which belongs to ${nameOf('tls.crt')}`);
  if (key && !certificate) throw missing(source, ['tls.crt'], `which belongs to ${nameOf('tls.key')}`);
  return { tlsMode, ...(ca && { ca }), ...(certificate && key && { certificate, key }) };
}

/** Converts TLS settings under a driver's own name, such as `ssl` or `ssl-mode`, into sslmode. */
function withTlsMode(given: ConnectionValues, source: ConnectionSource): ConnectionValues {
  const asked = Object.entries(given).filter(([name]) => isAboutTls(name));
  if (asked.every(([name]) => name === 'sslmode')) return given;
  const parameters = parametersOf(asked);
  if ('problem' in parameters) throw new StoreError(source.reason, `${source.whole} ${parameters.problem}`);
  return { ...given, ...(parameters.tlsMode && { sslmode: parameters.tlsMode }) };
}

/** Adds the uri's values, which take precedence. The uri may ask for more TLS than the separate key, not for less. */
function mergedValues(
  given: ConnectionValues,
  { schemes }: ConnectionDefaults,
  source: ConnectionSource,
): ConnectionValues {
  checkValues(given, source);
  const { uri, sslmode } = given;
  if (!uri) return given;
  const ofUri = valuesOfUri(uri, schemes, source);
  checkValues(ofUri, { ...source, nameOf: (key) => `${source.nameOf('uri')} (its ${key})` });
  const mode = sslmode === undefined ? undefined : tlsModeOf(sslmode, source);
  if (mode && ofUri['sslmode'] && isStricter(mode, tlsModeOf(ofUri['sslmode'], source))) {
    throw invalidValue(
      source,
      'uri',
      `requires less TLS than ${source.nameOf('sslmode')} beside it: keep one of them`,
    );
  }
  return { ...given, ...ofUri };
}

/** Converts values into settings. Values in `uri` take precedence; throws with the key that is wrong or missing. */
export function settingsOf(
  given: ConnectionValues,
  defaults: ConnectionDefaults,
  source: ConnectionSource,
): ConnectionSettings {
  const values = mergedValues(withTlsMode(given, source), defaults, source);
  const need = (...keys: readonly [string, ...string[]]): string => {
    const value = keys.map((key) => values[key]).find((candidate) => candidate !== undefined);
    if (value === undefined) throw missing(source, keys, source.instead ?? '(or a uri with it)');
    return value;
  };
  return {
    host: need('host'),
    port: values['port'] === undefined ? defaults.port : portNumber(values['port']),
    username: need('username', 'user'),
    ...(values['password'] !== undefined && { password: values['password'] }),
    database: need('database', 'dbname'),
    ...tlsOf(values, source),
  };
}
