import { connectionDefaults as mysqlDefaults } from '../../api/backends/mysql.ts';
import { connectionDefaults as postgresDefaults } from '../../api/backends/postgres.ts';
import type { Server } from '../../layouts/layout.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import type { Assumptions, Finding } from './finding.ts';

/** A place that may hold sessions. */
export type Place =
  | {
      readonly backend: 'postgres';
      readonly settings: ConnectionSettings;
      readonly isWanted?: (schema: string) => boolean;
    }
  | { readonly backend: 'mysql'; readonly settings: ConnectionSettings }
  | { readonly backend: 'directory'; readonly root: string };

/** The server that a uri is for; undefined for any other scheme. */
export function serverOfUri(uri: string): Server | undefined {
  const begins = (schemes: readonly string[]) => schemes.some((scheme) => uri.startsWith(`${scheme}//`));
  if (begins(postgresDefaults.schemes)) return 'postgres';
  return begins(mysqlDefaults.schemes) ? 'mysql' : undefined;
}

/** Looks into a place; loads the driver that it needs, and changes nothing there. */
export async function* findingsIn(place: Place, assumptions: Assumptions): AsyncGenerator<Finding> {
  if (place.backend === 'postgres') {
    const { discoverAt } = await import('../postgres/discover.ts');
    yield* discoverAt(place.settings, {
      ...assumptions,
      ...(place.isWanted && { isWanted: place.isWanted }),
    });
  } else if (place.backend === 'mysql') {
    const { discoverAt } = await import('../mysql/discover.ts');
    yield* discoverAt(place.settings, assumptions);
  } else {
    const { discover } = await import('../directory/discover.ts');
    yield* discover(place.root, assumptions);
  }
}
