import { readConnection } from '../connection/connection-files.ts';
import type { ConnectionDefaults } from '../connection/connection-settings.ts';
import type { Open, OpenOptions } from '../index.ts';
import type { OpenPlanned, PlannedStore } from '../planned.ts';
import type { OpenAt } from '../session-store.ts';
import type { TablePlace } from './context.ts';

interface Server<Backend, Place> {
  readonly defaults: ConnectionDefaults;
  readonly placeAt: (place: TablePlace, spec: Backend) => Place;
  /** Loads the part of the store that needs the driver. */
  readonly load: () => Promise<{
    readonly connect: OpenAt<Place>;
    readonly connectPlanned: (place: Place) => Promise<PlannedStore>;
  }>;
}

/** The ways to open a store in a table; each loads the driver, and connects. */
interface Openers<Backend, Place> {
  readonly openAt: OpenAt<Place>;
  /** The store that a spec and a mounted Secret describe. */
  readonly open: Open<Backend>;
  /** The same store, to plan only. */
  readonly openPlanned: OpenPlanned<Backend>;
}

export function tableOpeners<Backend, Place>(server: Server<Backend, Place>): Openers<Backend, Place> {
  const { defaults, placeAt, load } = server;
  async function placeOf({ spec, connectionPath, layout, timeZone }: OpenOptions<Backend>): Promise<Place> {
    const settings = await readConnection(connectionPath, defaults);
    return placeAt({ settings, layout, timeZone }, spec);
  }
  const openAt: OpenAt<Place> = async (place, lost) => (await load()).connect(place, lost);
  return {
    openAt,
    open: async (options) => openAt(await placeOf(options)),
    openPlanned: async (options) => (await load()).connectPlanned(await placeOf(options)),
  };
}
