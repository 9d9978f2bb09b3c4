import type { ConnectionOptions } from 'node:tls';
import { Client, type QueryResult, type QueryResultRow } from 'pg';
import { connectionDefaults } from '../../api/backends/postgres.ts';
import { operatorName } from '../../api/group.ts';
import type { ConnectionReport } from '../../api/runner-result.ts';
import { readConnection } from '../connection/connection-files.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { checkPem, tlsReport } from '../connection/tls.ts';
import { certificateOptions, connectAsMode } from '../connection/tls-connect.ts';
import { Mutex } from '../mutex.ts';
import { StoreError } from '../store-error.ts';
import { connectErrorOf, hasCode, storeErrorOf } from './errors.ts';
import { beginning, type LocalSettings } from './settings.ts';

const connectTimeoutMs = 10_000;
/** This version introduced TID-range scans, which clean-up without an index needs. */
const oldestVersion = 140_000;

/**
 * One connection. It works through PgBouncer in transaction mode: no start-up options, no SET except SET LOCAL, no
 * named prepared statements, no advisory locks. Every error of server, network and driver is a StoreError. Calls may
 * overlap: a statement waits while a transaction is open to which it does not belong.
 */
export class PostgresConnection implements AsyncDisposable {
  readonly report: ConnectionReport;
  readonly username: string;
  readonly #client: Client;
  readonly #always: LocalSettings;
  readonly #mutex = new Mutex();
  /** Whether the exclusive call that runs has a transaction open. */
  #isOpen = false;

  constructor(client: Client, username: string, report: ConnectionReport, always: LocalSettings = {}) {
    this.#client = client;
    this.#always = always;
    this.username = username;
    this.report = report;
  }

  /**
   * One statement, or several if there are no values. The StoreError's `cause.code` contains a SQLSTATE. Outside a
   * transaction the role's own search path applies, so every name in the statement has to be qualified.
   */
  query<Row extends QueryResultRow = QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>> {
    const send = () => this.#send<Row>(text, values);
    // A transaction is where the settings that always hold are made.
    const mayBeBare = () => this.#isOpen || !this.#hasAlways;
    return this.#mutex.runExclusive(() => (mayBeBare() ? send() : this.#committed(send)));
  }

  get #hasAlways(): boolean {
    return Object.keys(this.#always).length > 0;
  }

  /** READ COMMITTED, with settings that no role's default can change; rolls back if the work throws. */
  transaction<T>(work: () => Promise<T>, local: LocalSettings = {}): Promise<T> {
    return this.#mutex.runExclusive(() => this.#committed(work, local));
  }

  /** Works in the open transaction, or in its own. */
  inTransaction<T>(work: () => Promise<T>): Promise<T> {
    return this.#mutex.runExclusive(() => (this.#isOpen ? work() : this.#committed(work)));
  }

  async #send<Row extends QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>> {
    try {
      return values ? await this.#client.query<Row>(text, [...values]) : await this.#client.query<Row>(text);
    } catch (error) {
      throw storeErrorOf(error, 'PostgreSQL refused');
    }
  }

  async #committed<T>(work: () => Promise<T>, local: LocalSettings = {}): Promise<T> {
    try {
      this.#isOpen = true;
      // After its first query a transaction cannot become one that writes.
      await this.#send(beginning({ ...local, ...this.#always }) + (this.#hasAlways ? '; SELECT 1' : ''));
      const result = await work();
      await this.#send('COMMIT');
      return result;
    } catch (error) {
      // A lost connection has already rolled back; the first error is reported.
      await this.#send('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      this.#isOpen = false;
    }
  }

  /** Closes the connection after the earlier calls. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#mutex.runExclusive(() => this.#client.end());
  }
}

const tlsOptions = (settings: ConnectionSettings): ConnectionOptions => ({
  ...certificateOptions(settings),
  ...(settings.tlsMode !== 'verify-full' && { checkServerIdentity: () => undefined }),
});

async function connect(settings: ConnectionSettings, tls: boolean): Promise<Client> {
  const { host, port, username, password = '', database } = settings;
  const client = new Client({
    host,
    port,
    database,
    user: username,
    connectionTimeoutMillis: connectTimeoutMs,
    // A function, because the driver looks for an empty password in the environment and in ~/.pgpass.
    password: () => password,
    ssl: tls ? tlsOptions(settings) : false,
    application_name: operatorName,
    keepAlive: true,
  });
  // The next query reports an idle connection that breaks.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    throw connectErrorOf(error, `Connecting to PostgreSQL at ${host}:${port}`);
  }
}

/** pg_hba.conf may accept a role only without TLS. */
const isRefusedByHba = (error: StoreError): boolean => hasCode(error, '28000');

async function serverReport(client: Client): Promise<string> {
  const { rows } = await client.query<{ number: number; version: string }>(
    // Qualified, because no transaction has set the search path yet.
    `SELECT pg_catalog.current_setting('server_version_num')::int AS number,
            pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1) AS version`,
  );
  const { number = 0, version = 'unknown' } = rows[0] ?? {};
  if (number < oldestVersion) {
    throw new StoreError(
      'UnsupportedServer',
      `Expected PostgreSQL 14 or newer, found ${version}: upgrade it`,
    );
  }
  return `PostgreSQL ${version}`;
}

/**
 * Opens a connection with the settings; `lost` is called when it has ended, for any reason. `always`: settings of each of
 * its transactions, such as being read-only.
 */
export async function connectTo(
  settings: ConnectionSettings,
  lost: () => void = () => undefined,
  always: LocalSettings = {},
): Promise<PostgresConnection> {
  checkPem(settings);
  const client = await connectAsMode(settings, (tls) => connect(settings, tls), isRefusedByHba);
  client.once('end', lost);
  try {
    const server = await serverReport(client);
    const report = { server, ...tlsReport(client.connection.stream, settings) };
    return new PostgresConnection(client, settings.username, report, always);
  } catch (error) {
    await client.end();
    throw storeErrorOf(error, 'Asking PostgreSQL for its version');
  }
}

/** A connection whose server refuses each of its writes: no transaction can take that setting back. */
export const connectReadOnly = (settings: ConnectionSettings): Promise<PostgresConnection> =>
  connectTo(settings, undefined, { transaction_read_only: 'on' });

/** Opens the connection that the Secret in the folder describes. */
export const openConnection = async (folder: string): Promise<PostgresConnection> =>
  connectTo(await readConnection(folder, connectionDefaults));
