import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StoreSpec } from '../../../src/api/effective.ts';
import { type Place, type Places, placesOf } from '../../layouts/places.ts';

// The statements of both packages, which are for .NET and could not be run here: from src/SqlQueries.cs of
// https://github.com/Azure/Microsoft.Extensions.Caching.Postgres, and Extensions.Caching.PostgreSql/SqlCommands.cs of
// https://github.com/leonibr/community-extensions-cache-postgres.
const packages = {
  'aspnet-cache': {
    table: 'cache',
    make: `CREATE UNLOGGED TABLE public.cache (id VARCHAR(449) COLLATE "C" PRIMARY KEY, value BYTEA NOT NULL,
        expiresattime TIMESTAMPTZ NOT NULL, slidingexpirationinseconds BIGINT NULL, absoluteexpiration TIMESTAMPTZ NULL);
      CREATE INDEX ix_expiresattime ON public.cache (expiresattime) WITH (deduplicate_items=True)`,
    save: `WITH params (sliding, absolute, utcnow) AS (VALUES (20, NULL::timestamp, $2::timestamptz::timestamp))
      INSERT INTO public.cache SELECT $1, '', utcnow + INTERVAL '1 second' * sliding::bigint, sliding, absolute FROM params`,
    load: 'SELECT id FROM public.cache WHERE expiresattime >= now() ORDER BY id',
  },
  'aspnet-cache-community': {
    table: 'Entries',
    make: `CREATE TABLE public."Entries" ("Id" text COLLATE pg_catalog."default" NOT NULL, "Value" bytea,
        "ExpiresAtTime" timestamp with time zone, "SlidingExpirationInSeconds" double precision,
        "AbsoluteExpiration" timestamp with time zone, CONSTRAINT "DistCache_pkey" PRIMARY KEY ("Id"))`,
    save: `INSERT INTO public."Entries" VALUES ($1, '', $2::timestamptz + interval '20 seconds', 20, NULL)`,
    load: 'SELECT "Id" AS id FROM public."Entries" WHERE now() <= "ExpiresAtTime" ORDER BY 1',
  },
} as const;

const owner = { installation: 'cluster-1', namespace: 'shop', name: 'web' };

let places: Places;
beforeAll(async () => {
  places = await placesOf('postgres');
});
afterAll(() => places[Symbol.asyncDispose]());

async function run(
  place: Place,
  text: string,
  values?: readonly unknown[],
): Promise<readonly { id: string }[]> {
  const client = new pg.Client({ connectionString: place.at.url, options: '-c TimeZone=Asia/Tokyo' });
  await client.connect();
  try {
    return (await client.query(text, values && [...values])).rows;
  } finally {
    await client.end();
  }
}

const layouts = ['aspnet-cache', 'aspnet-cache-community'] as const satisfies StoreSpec['layout'][];

describe.each(layouts)('%s', (layout) => {
  const { table, make, save, load } = packages[layout];

  test('set-up makes the table that the package makes', async () => {
    const [theirs, ours] = [await places.fresh(), await places.fresh()];
    await run(theirs, make);
    await using store = await ours.open({ layout }, { table });
    expect((await store.setup({ owner, ifExists: 'Adopt' })).outcome).toBe('Created');
    // The index's parameter is PostgreSQL's own default.
    const shape = async (place: Place) =>
      (await place.shape()).replace(/ WITH \(deduplicate_items='?true'?\)/, '');
    expect(await shape(ours)).toBe(await shape(theirs));
  });

  test('clean-up of the package’s own table deletes the entries that the package no longer loads', async () => {
    const place = await places.fresh();
    await run(place, make);
    for (const [id, secondsAgo] of [
      ['new', 0],
      ['old', 15],
      ['over', 25],
      ['long-over', 9 * 3600],
    ])
      await run(place, save, [id, new Date(Date.now() - Number(secondsAgo) * 1000).toISOString()]);
    const live = await run(place, load);
    await using store = await place.open({ layout }, { table });
    expect((await store.setup({ owner, ifExists: 'Adopt' })).outcome).toBe('Adopted');
    expect(await store.deleteOldSessions({ owner, ageSeconds: 0, pace: 'full' })).toMatchObject({
      deleted: 2,
    });
    expect(live).toEqual([{ id: 'new' }, { id: 'old' }]);
    expect(await run(place, load)).toEqual(live);
    expect(await place.count({ table })).toBe(2);
  });
});
