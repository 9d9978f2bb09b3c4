import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoreSpec } from '../../src/api/effective.ts';
import { layoutOf } from '../../src/layouts/index.ts';
import type { Layout } from '../../src/layouts/layout.ts';
import type { Owner } from '../../src/stores/session-store.ts';
import { Library, type Saved } from './library.ts';
import { type Place, type PlaceKind, type Places, placesOf, type Table } from './places.ts';
import type { Runtime } from './runtime.ts';

/** One library, or one variant of it, whose clean-up ours must equal. */
export interface Proof {
  readonly layout: string;
  /** Another set-up of the library, by which its driver knows it; a variant of the layout is also in `layoutOptions`. */
  readonly variant?: string;
  /** Places where the library keeps sessions; all places of the layout, if left out. */
  readonly on?: readonly PlaceKind[];
  /** Settings of a user with this library, beside the layout. */
  readonly layoutOptions?: StoreSpec['layoutOptions'];
  /** The table, if it is not the layout's own. */
  readonly table?: Table;
  /** The program that writes the rows because the library cannot be had: the layout is still proven `source`. */
  readonly standIn?: string;
  /** True if the meaning of a stored time depends on the application's zone: spec.layoutOptions names it. */
  readonly zoned?: true;
  /** True if the library's own clean-up cannot be asked: then only ours is run. */
  readonly cleansNothing?: true;
  /** Differences between our table and the library's own that mean nothing, taken out of both. */
  readonly sameShape?: (shape: string) => string;
  /** Absent: compared where the library makes its own. `skip` says why it cannot be. */
  readonly shape?: { readonly skip: string };
}

const owner: Owner = { installation: 'cluster-1', namespace: 'shop', name: 'web' };
const lifetimeSeconds = 3600;
const hour = 3600;

/** A cutoff that is off by an offset of a zone takes a live session, or leaves a dead one. */
const saved: readonly (Saved & { readonly alive: boolean })[] = [
  { id: 'new', agoSeconds: 0, lifetimeSeconds, alive: true },
  { id: 'half', agoSeconds: 1800, lifetimeSeconds, alive: true },
  { id: 'nearly-over', agoSeconds: lifetimeSeconds - 120, lifetimeSeconds, alive: true },
  { id: 'just-over', agoSeconds: lifetimeSeconds + 90, lifetimeSeconds, alive: false },
  { id: 'over-for-hours', agoSeconds: lifetimeSeconds + 6 * hour, lifetimeSeconds, alive: false },
  { id: 'over-for-a-month', agoSeconds: 30 * 24 * hour, lifetimeSeconds, alive: false },
];
const ids = saved.map(({ id }) => id);
const alive = saved.filter((session) => session.alive).map(({ id }) => id);
const dead = ids.length - alive.length;

/** Zones of the application; the cleaner's own process is in another each time. */
const zones = ['America/New_York', 'UTC', 'Asia/Tokyo'] as const;

/** The layout that is proven, or the variant of it. */
const layoutOfProof = ({ layout, layoutOptions }: Proof): Layout => layoutOf(layout, layoutOptions?.variant);

const placesOfLayout = ({ postgres, mysql, directory }: Layout): readonly PlaceKind[] => [
  ...(postgres ? ['postgres' as const] : []),
  ...(mysql ? ['mysql' as const, 'mariadb' as const] : []),
  ...(directory ? ['directory' as const] : []),
];

/** Declares the proof of every one of these libraries, which one runtime drives. */
export function proveLibraries(runtime: Runtime, proofs: readonly Proof[]): void {
  const drivers = new Drivers(runtime);
  afterAll(() => drivers[Symbol.asyncDispose]());
  for (const proof of proofs) {
    const name = proof.variant === undefined ? proof.layout : `${proof.layout}/${proof.variant}`;
    for (const kind of proof.on ?? placesOfLayout(layoutOfProof(proof)))
      describe(`${name} on ${kind}`, () => {
        let places: Places;
        beforeAll(async () => {
          places = await placesOf(kind);
        });
        afterAll(() => places[Symbol.asyncDispose]());
        proveOn(drivers, proof, () => places);
      });
  }
}

function proveOn(drivers: Drivers, proof: Proof, places: () => Places): void {
  const { zoned = false } = proof;
  const layout = layoutOfProof(proof);
  const adoptedOnly = (layout.postgres ?? layout.mysql)?.madeBy === 'library';
  for (const [i, zone] of (zoned ? zones : (['America/New_York'] as const)).entries()) {
    const cleaner = zones[(i + 1) % zones.length] ?? 'UTC';
    const where = zoned ? ` by an application in ${zone}, cleaned from ${cleaner}` : '';
    test.skipIf(adoptedOnly)(`the store that set-up made${where}: the dead go, the living stay`, async () => {
      await using meeting = await meet(drivers, { proof, zone, cleaner, place: await places().fresh() });
      await meeting.setUp('Created');
      await proveCleanUp(meeting);
    });
    test(`the store that the library made${where}: the dead go, the living stay`, async ({ skip }) => {
      await using meeting = await meet(drivers, { proof, zone, cleaner, place: await places().fresh() });
      const { ok } = await meeting.library.ask({ op: 'migrate' });
      if (!ok) skip('its users make it by hand');
      await meeting.setUp('Adopted');
      await proveCleanUp(meeting);
    });
  }
  test.skipIf(adoptedOnly || proof.shape || !(layout.postgres || layout.mysql))(
    'our table is the library’s own to the letter',
    async ({ skip }) => {
      const options = { proof, zone: 'UTC', cleaner: 'UTC' };
      await using theirs = await meet(drivers, { ...options, place: await places().fresh() });
      const { ok } = await theirs.library.ask({ op: 'migrate' });
      if (!ok) skip('its users make it by hand');
      await using ours = await meet(drivers, { ...options, place: await places().fresh() });
      await ours.setUp('Created');
      const same = proof.sameShape ?? ((shape: string) => shape);
      expect(same(await ours.place.shape())).toBe(same(await theirs.place.shape()));
    },
  );
}

/** One process for each zone, which serves every test of a file. */
class Drivers implements AsyncDisposable {
  readonly #runtime: Runtime;
  readonly #started = new Map<string, Promise<Library>>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  in(zone: string): Promise<Library> {
    const known = this.#started.get(zone);
    if (known) return known;
    const started = Library.start(this.#runtime, zone);
    this.#started.set(zone, started);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const library of this.#started.values()) await (await library)[Symbol.asyncDispose]();
  }
}

interface Meeting extends AsyncDisposable {
  readonly proof: Proof;
  readonly place: Place;
  readonly library: Library;
  readonly table: Table;
  /** Opens the library's connections to a place. */
  readonly go: (to: Place) => Promise<void>;
  readonly setUp: (outcome: string) => Promise<void>;
  readonly clean: () => Promise<CleanupReport>;
}

type CleanupReport = Awaited<ReturnType<Awaited<ReturnType<Place['open']>>['deleteOldSessions']>>;

async function meet(
  drivers: Drivers,
  at: { readonly proof: Proof; readonly zone: string; readonly cleaner: string; readonly place: Place },
): Promise<Meeting> {
  const { proof, zone, cleaner, place } = at;
  const layout = layoutOfProof(proof);
  const library = await drivers.in(zone);
  const name = proof.variant === undefined ? proof.layout : `${proof.layout}/${proof.variant}`;
  const form = place.backend === 'mysql' ? layout.mysql : layout.postgres;
  const table = proof.table ?? { table: form?.table ?? '', schema: form?.schema };
  const go = async (to: Place) => {
    await library.ask({
      op: 'open',
      library: name,
      ...to.at,
      ...(proof.table && { table: proof.table.table }),
    });
  };
  await go(place);
  const spec = {
    layout: proof.layout as NonNullable<StoreSpec['layout']>,
    layoutOptions: { ...proof.layoutOptions, ...(proof.zoned && { timeZone: zone }) },
  };
  const opened = () => place.open(spec, proof.table);
  const ownZone = process.env['TZ'];
  return {
    proof,
    place,
    library,
    table,
    go,
    setUp: async (outcome) => {
      await using store = await opened();
      expect((await store.setup({ owner, ifExists: 'Adopt' })).outcome).toBe(outcome);
    },
    clean: async () => {
      process.env['TZ'] = cleaner;
      await using store = await opened();
      const ageSeconds = layout.age === 'expiry' ? 0 : lifetimeSeconds;
      return await store.deleteOldSessions({ owner, ageSeconds, pace: 'full' });
    },
    [Symbol.asyncDispose]: async () => {
      if (ownZone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = ownZone;
      await library.ask({ op: 'close' });
    },
  };
}

/** The library writes, ours cleans, the library looks; before that, on a copy, its own clean-up has done the same. */
async function proveCleanUp(meeting: Meeting): Promise<void> {
  const { proof, place, library, table, go, clean } = meeting;
  for (const { alive: _, ...session } of saved) await library.ask({ op: 'save', ...session });
  const immortal = await library.ask({
    op: 'save',
    id: 'for-ever',
    agoSeconds: 90 * 24 * hour,
    lifetimeSeconds: null,
  });
  const living = immortal.ok ? [...alive, 'for-ever'] : alive;
  const all = immortal.ok ? [...ids, 'for-ever'] : ids;
  const before = await place.count(table);
  const seen = async () => (await library.ask({ op: 'live', ids: all, lifetimeSeconds })).ids?.toSorted();
  if (!proof.cleansNothing) {
    await library.ask({ op: 'close' });
    const copy = await place.copy();
    await go(copy);
    await library.ask({ op: 'clean', lifetimeSeconds });
    expect({ left: await copy.count(table), seen: await seen() }).toEqual({
      left: before - dead,
      seen: living.toSorted(),
    });
    await go(place);
  }
  expect(await clean()).toMatchObject({ deleted: dead, overdue: 0, complete: true });
  expect({ left: await place.count(table), seen: await seen() }).toEqual({
    left: before - dead,
    seen: living.toSorted(),
  });
  if (!proof.cleansNothing) await library.ask({ op: 'clean', lifetimeSeconds });
  expect(await place.count(table)).toBe(before - dead);
}
