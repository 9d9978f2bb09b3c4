import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { connectionDefaults as mysqlDefaults } from '../api/backends/mysql.ts';
import { connectionDefaults as postgresDefaults } from '../api/backends/postgres.ts';
import { exitCodeOf } from '../api/reasons.ts';
import type { Server } from '../layouts/layout.ts';
import { credentialsIn } from '../runner/credentials.ts';
import { failureOf, reportOf } from '../runner/failure.ts';
import { readableValues, readConnection } from '../stores/connection/connection-files.ts';
import { findingsIn, type Place, serverOfUri } from '../stores/discover/places.ts';
import { isWantedBy, type Search, type SearchLine, searchSchema } from '../stores/discover/search.ts';
import { StoreError } from '../stores/store-error.ts';

const options = {
  search: { type: 'string' },
  connection: { type: 'string', default: '/connection' },
  volume: { type: 'string', default: '/volume' },
} as const;

function searchIn(text: string | undefined): Search {
  const parsed = searchSchema.safeParse(JSON.parse(text ?? 'null'), { jitless: true });
  if (parsed.success) return parsed.data;
  throw new StoreError('InvalidInput', `--search: ${z.prettifyError(parsed.error)}`);
}

/** The server of the Secret: by its URI, or by the usual port. */
async function serverIn(connection: string): Promise<Server> {
  const { uri = '', port } = await readableValues(connection);
  const byPort = { '5432': 'postgres', '3306': 'mysql' } as const;
  const found = serverOfUri(uri) ?? (Object.hasOwn(byPort, port ?? '') ? byPort[port as '5432'] : undefined);
  if (found) return found;
  throw new StoreError(
    'InvalidInput',
    'Expected the Secret to hold a URI or a usual port, which tell PostgreSQL from MySQL; found neither: give --backend',
  );
}

async function placeOf(
  { backend, schema, path = '' }: Search,
  { connection, volume }: { readonly connection: string; readonly volume: string },
): Promise<Place> {
  if (backend === 'directory') return { backend, root: path === '' ? volume : join(volume, path) };
  const server = backend ?? (await serverIn(connection));
  if (server === 'postgres') {
    const settings = await readConnection(connection, postgresDefaults);
    return { backend: server, settings, ...(schema !== undefined && { isWanted: isWantedBy(schema) }) };
  }
  return { backend: server, settings: await readConnection(connection, mysqlDefaults) };
}

const write = (line: SearchLine): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);

/**
 * Looks for sessions where a Secret or a claim is mounted, for the command line: one JSON line for each finding, and a
 * last one that says how it ended. Returns the exit code.
 */
export async function findSessions(args: readonly string[]): Promise<number> {
  let connection = '';
  try {
    const { values } = parseArgs({ args: [...args], options });
    connection = values.connection;
    const search = searchIn(values.search);
    for await (const finding of findingsIn(await placeOf(search, values), search))
      write({ finding: reportOf(finding, await credentialsIn(connection)) });
    write({ end: {} });
    return 0;
  } catch (error) {
    const { failure } = failureOf(error, await credentialsIn(connection));
    write({ end: { failure } });
    return exitCodeOf(failure.reason);
  }
}
