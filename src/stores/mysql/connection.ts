import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  type Connection,
  createConnection,
  type ResultSetHeader,
  type RowDataPacket,
  type SslOptions,
} from 'mysql2/promise';
import { connectionDefaults } from '../../api/backends/mysql.ts';
import { operatorName } from '../../api/group.ts';
import type { ConnectionReport } from '../../api/runner-result.ts';
import { readConnection } from '../connection/connection-files.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { checkPem, tlsReport } from '../connection/tls.ts';
import { certificateOptions, connectAsMode } from '../connection/tls-connect.ts';
import { Mutex } from '../mutex.ts';
import { StoreError } from '../store-error.ts';
import { connectErrorOf, isForbidden, storeErrorOf } from './errors.ts';
import { firstStatement, ownClock, sessionSettings } from './settings.ts';

const connectTimeoutMs = 10_000;

/** Values that a statement may contain. */
export type Value = string | number | Uint8Array | null;

/** The product, because the two differ in a few statements. */
export type Flavour = 'MySQL' | 'MariaDB';

/** The oldest versions with SKIP LOCKED, which clean-up needs. */
const oldest: Readonly<Record<Flavour, readonly [major: number, minor: number, patch: number]>> = {
  MySQL: [8, 0, 1],
  MariaDB: [10, 6, 0],
};

/**
 * One connection. Every error of server, network and driver is a StoreError, with the server's number in `cause.errno`.
 * Calls may overlap: a statement waits while a transaction is open to which it does not belong.
 */
export class MysqlConnection implements AsyncDisposable {
  readonly report: ConnectionReport;
  readonly database: string;
  readonly flavour: Flavour;
  readonly #client: Connection;
  readonly #mutex = new Mutex();
  #openTransaction: object | undefined;

  constructor(client: Connection, database: string, flavour: Flavour, report: ConnectionReport) {
    this.#client = client;
    this.database = database;
    this.flavour = flavour;
    this.report = report;
  }

  /** Returns a statement's rows. Values are passed separately, never in the text. */
  query<Row extends object>(text: string, values?: readonly Value[]): Promise<Row[]> {
    return this.#send<RowDataPacket[]>(text, values) as unknown as Promise<Row[]>;
  }

  /** Returns the number of rows that a statement changed or deleted. */
  async change(text: string, values?: readonly Value[]): Promise<number> {
    return (await this.#send<ResultSetHeader>(text, values)).affectedRows;
  }

  /** Prepares a statement, so that sending it with values is one statement to the server even the first time. */
  async prepare(text: string): Promise<void> {
    await this.#mutex
      .runExclusive(() => this.#client.prepare(text))
      .catch((error: unknown) => {
        throw storeErrorOf(error, `${this.flavour} refused`);
      });
  }

  /** Identity of the open transaction; undefined without one. */
  get openTransaction(): object | undefined {
    return this.#openTransaction;
  }

  /** Rolls back if the work throws. */
  transaction<T>(work: () => Promise<T>): Promise<T> {
    return this.#mutex.runExclusive(async () => {
      this.#openTransaction = {};
      try {
        await this.change('START TRANSACTION');
        const result = await work();
        await this.change('COMMIT');
        return result;
      } catch (error) {
        // A lost connection has already rolled back; the first error is reported.
        await this.change('ROLLBACK').catch(() => undefined);
        throw error;
      } finally {
        this.#openTransaction = undefined;
      }
    });
  }

  #send<Result extends RowDataPacket[] | ResultSetHeader>(
    text: string,
    values: readonly Value[] | undefined,
  ): Promise<Result> {
    return this.#mutex.runExclusive(async () => {
      try {
        const [result] = values
          ? await this.#client.execute<Result>(text, [...values])
          : await this.#client.query<Result>(text);
        return result;
      } catch (error) {
        throw storeErrorOf(error, `${this.flavour} refused`);
      }
    });
  }

  /** Closes the connection after the earlier calls. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#mutex.runExclusive(() => this.#client.end()).catch(() => this.#client.destroy());
  }
}

function tlsOptions(settings: ConnectionSettings): SslOptions {
  const { tlsMode, host } = settings;
  if (tlsMode === 'verify-full' && isIP(host)) {
    throw new StoreError(
      'TlsFailed',
      `Expected a name to look for in the server’s certificate, as sslmode is verify-full; found the address ${host}: ` +
        'name the host, or set sslmode to verify-ca',
    );
  }
  return { ...certificateOptions(settings), verifyIdentity: tlsMode === 'verify-full' };
}

async function connect(settings: ConnectionSettings, tls: boolean): Promise<Connection> {
  const { host, port, username: user, password = '', database } = settings;
  const ssl = tls ? tlsOptions(settings) : undefined;
  try {
    const client = await createConnection({
      host,
      port,
      user,
      password,
      database,
      charset: 'utf8mb4',
      connectTimeout: connectTimeoutMs,
      dateStrings: true,
      supportBigNumbers: true,
      enableKeepAlive: true,
      connectAttributes: { program_name: operatorName },
      ...(ssl && { ssl }),
    });
    // The next statement reports an idle connection that breaks.
    client.on('error', () => undefined);
    return client;
  } catch (error) {
    throw connectErrorOf(error, `Connecting to MySQL at ${host}:${port}`);
  }
}

/** `8.0.35-rds` is MySQL; `10.11.19-MariaDB-…` contains its name. */
export function serverOf(version: string): { readonly flavour: Flavour; readonly number: string } {
  const flavour = version.includes('MariaDB') ? 'MariaDB' : 'MySQL';
  const number = /^(?:5\.5\.5-)?(\d+\.\d+\.\d+)/.exec(version)?.[1] ?? '0.0.0';
  const [expected, found] = [oldest[flavour], number.split('.').map(Number)];
  const differing = expected.findIndex((part, at) => part !== found[at]);
  if (differing >= 0 && (found[differing] ?? 0) < (expected[differing] ?? 0)) {
    throw new StoreError(
      'UnsupportedServer',
      `Expected MySQL 8.0.1 or MariaDB 10.6 or newer, found ${flavour} ${number}: upgrade it`,
    );
  }
  return { flavour, number };
}

/** A field that the driver's types leave out: it replaces the stream by that of TLS. */
interface Streamed {
  readonly connection: { readonly stream: Duplex };
}

/** Opens a connection with the settings; `lost` is called when it has ended, for any reason. */
export async function connectTo(
  settings: ConnectionSettings,
  lost: () => void = () => undefined,
): Promise<MysqlConnection> {
  checkPem(settings);
  const client = await connectAsMode(settings, (tls) => connect(settings, tls));
  try {
    await client.query(firstStatement);
    const [[row]] = await client.query<RowDataPacket[]>('SELECT @@version AS version');
    const { flavour, number } = serverOf(String(row?.['version']));
    for (const statement of sessionSettings(flavour)) await client.query(statement);
    await client.query(ownClock).catch((error: unknown) => {
      if (!isForbidden(error)) throw error;
    });
    const { stream } = (client as unknown as Streamed).connection;
    stream.once('close', lost);
    const report = { server: `${flavour} ${number}`, ...tlsReport(stream, settings) };
    return new MysqlConnection(client, settings.database, flavour, report);
  } catch (error) {
    client.destroy();
    throw storeErrorOf(error, 'Preparing the connection to MySQL');
  }
}

/** A connection whose server refuses each of its writes, with a transaction and without one. */
export async function connectReadOnly(settings: ConnectionSettings): Promise<MysqlConnection> {
  const connection = await connectTo(settings);
  try {
    await connection.change('SET SESSION TRANSACTION READ ONLY');
    return connection;
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}

/** Opens the connection that the Secret in the folder describes. */
export const openConnection = async (folder: string): Promise<MysqlConnection> =>
  connectTo(await readConnection(folder, connectionDefaults));
