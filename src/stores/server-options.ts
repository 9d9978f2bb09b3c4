import {
  type ConnectionDefaults,
  type ConnectionSettings,
  settingsOf,
  type TlsMode,
} from '../runner/connection-settings.ts';
import type { Origin } from '../runner/connection-values.ts';
import { checkPem } from '../runner/tls.ts';

export interface TlsOptions {
  /** libpq's modes; a uri may ask for more, not for less. Default: the uri's `sslmode`, else `verify-full` where there is a `ca`, else `prefer`. */
  readonly mode?: TlsMode;
  /** Who may have signed the server's certificate, in PEM. Default: the public authorities. */
  readonly ca?: string;
  /** The client's own certificate and its key without a passphrase, in PEM. */
  readonly certificate?: string;
  readonly key?: string;
}

/** Where a database server is, and who comes. */
export type ServerOptions = (
  | {
      readonly host: string;
      /** Default: the server's usual one. */
      readonly port?: number;
      readonly user: string;
      readonly password?: string;
      readonly database: string;
    }
  | {
      /** All of that in one, such as `postgresql://user:password@host:5432/database?sslmode=require`. */
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

const ofOptions: Origin = {
  reason: 'InvalidInput',
  value: 'The option',
  lacks: 'The options lack',
  nameOf: (key) => names[key] ?? key,
};

/** The settings that the options describe; throws InvalidInput, naming the option that is wrong or missing. */
export function settingsFrom(options: ServerOptions, defaults: ConnectionDefaults): ConnectionSettings {
  const { tls = {}, ...server } = options;
  const said: Readonly<Record<string, string | number | undefined>> = {
    ...server,
    ...{ sslmode: tls.mode, 'ca.crt': tls.ca, 'tls.crt': tls.certificate, 'tls.key': tls.key },
  };
  const given = Object.entries(said).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  );
  const settings = settingsOf(Object.fromEntries(given), defaults, ofOptions);
  checkPem(settings, ofOptions);
  return settings;
}
