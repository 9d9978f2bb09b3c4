import {
  type ConnectionDefaults,
  type ConnectionSettings,
  settingsOf,
  type TlsMode,
} from './connection/connection-settings.ts';
import { type ConnectionSource, connectionKeys } from './connection/connection-values.ts';
import { checkPem } from './connection/tls.ts';
import { isAboutTls } from './connection/uri-parameters.ts';
import { StoreError } from './store-error.ts';

export interface TlsOptions {
  /**
   * libpq's modes; a uri may ask for more, not for less. Default: the uri's `sslmode`, else `verify-full` with a `ca`,
   * else `prefer`.
   */
  readonly mode?: TlsMode;
  /** Authorities that may have signed the server's certificate, in PEM. Default: the public authorities. */
  readonly ca?: string;
  /** The client's own certificate and its key without a passphrase, in PEM. */
  readonly certificate?: string;
  readonly key?: string;
}

/** Location of a database server, and the credentials. */
export type ServerOptions = (
  | {
      readonly host: string;
      /** Default: the server's usual port. */
      readonly port?: number;
      readonly user: string;
      readonly password?: string;
      readonly database: string;
    }
  | {
      /** All of the connection in one text, such as `postgresql://user:password@host:5432/database?sslmode=require`. */
      readonly uri: string;
    }
) & { readonly tls?: TlsOptions };

const names: Readonly<Record<string, string>> = {
  username: 'user',
  dbname: 'database',
  sslmode: 'tls.mode',
  'ca.crt': 'tls.ca',
  'tls.crt': 'tls.certificate',
  'tls.key': 'tls.key',
};

const ofOptions: ConnectionSource = {
  reason: 'InvalidInput',
  value: 'The option',
  lacks: 'The options lack',
  whole: 'The options object',
  nameOf: (key) => names[key] ?? key,
};

const tlsNames: ReadonlySet<string> = new Set(['mode', 'ca', 'certificate', 'key']);

/** Reads a program's TLS options; an unknown option is refused, because ignoring it could mean no TLS. */
function tlsValues(tls: unknown): Readonly<Record<string, unknown>> {
  if (tls === undefined) return {};
  if (typeof tls !== 'object' || tls === null) return { tls };
  const unknown = Object.keys(tls).find((name) => !tlsNames.has(name));
  if (unknown !== undefined) {
    const known = [...tlsNames].join(', ');
    throw new StoreError('InvalidInput', `The option tls has ${unknown}, which is not one of ${known}`);
  }
  const { mode, ca, certificate, key } = tls as TlsOptions;
  return {
    ...(mode !== undefined && { sslmode: mode }),
    'ca.crt': ca,
    'tls.crt': certificate,
    'tls.key': key,
  };
}

const textOf = (value: unknown) =>
  typeof value === 'object' ? (JSON.stringify(value) ?? '') : String(value as string | number);

/** The settings for these options; throws InvalidInput with the option that is wrong or missing. */
export function settingsFrom(options: ServerOptions, defaults: ConnectionDefaults): ConnectionSettings {
  const { tls, ...server } = options;
  const isOurs = (name: string) => connectionKeys.some((key) => key === name) || isAboutTls(name);
  const given = Object.entries({ ...server, ...tlsValues(tls) }).flatMap(([name, value]) =>
    value === undefined || value === '' || !isOurs(name) ? [] : [[name, textOf(value)]],
  );
  const settings = settingsOf(Object.fromEntries(given), defaults, ofOptions);
  checkPem(settings, ofOptions);
  return settings;
}
