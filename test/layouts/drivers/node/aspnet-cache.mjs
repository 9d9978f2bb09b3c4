import { postgresPool } from './connections.mjs';

/**
 * A stand-in for a package of .NET, which cannot be had here: it runs the package's statements. A lifetime is the sliding
 * one, as ASP.NET Core's sessions have it.
 */
function statementsOn(url, { make, save, load, clean }) {
  const pool = postgresPool(url);
  return {
    save: async (id, lifetimeSeconds) => {
      if (lifetimeSeconds === null) return undefined;
      await pool.query(save, [id, Buffer.from(id), lifetimeSeconds, new Date()]);
      return id;
    },
    isLive: async (id) => (await pool.query(load, [id, new Date()])).rows[0]?.value.toString() === id,
    migrate: async () => {
      await pool.query(make);
    },
    clean: () => pool.query(clean, [new Date()]),
    close: () => pool.end(),
  };
}

/** https://github.com/Azure/Microsoft.Extensions.Caching.Postgres, `src/SqlQueries.cs`. */
const microsoft = ({ url, table = 'public.cache' }) =>
  statementsOn(url, {
    make: `CREATE UNLOGGED TABLE IF NOT EXISTS ${table} (
        id VARCHAR(449) COLLATE "C" PRIMARY KEY,
        value BYTEA NOT NULL,
        expiresattime TIMESTAMPTZ NOT NULL,
        slidingexpirationinseconds BIGINT NULL,
        absoluteexpiration TIMESTAMPTZ NULL
      );
      CREATE INDEX IF NOT EXISTS ix_expiresattime ON ${table} (expiresattime) WITH (deduplicate_items=True)`,
    save: `WITH params (sliding, absolute, utcnow) AS (VALUES ($3::bigint, NULL::timestamp, $4::timestamptz::timestamp))
      INSERT INTO ${table} (id, value, expiresattime, slidingexpirationinseconds, absoluteexpiration)
      SELECT $1, $2::bytea, utcnow + INTERVAL '1 second' * sliding, sliding, absolute FROM params
      ON CONFLICT (id) DO UPDATE SET value = EXCLUDED.value, expiresattime = EXCLUDED.expiresattime`,
    load: `SELECT value FROM ${table} WHERE id = $1 AND expiresattime >= $2::timestamptz`,
    clean: `DELETE FROM ${table} WHERE expiresattime < $1::timestamptz`,
  });

/** https://github.com/leonibr/community-extensions-cache-postgres, `Extensions.Caching.PostgreSql/SqlCommands.cs`. */
const community = ({ url, table = 'cache' }) =>
  statementsOn(url, {
    make: `CREATE TABLE IF NOT EXISTS "public"."${table}" (
        "Id" text COLLATE pg_catalog."default" NOT NULL,
        "Value" bytea,
        "ExpiresAtTime" timestamp with time zone,
        "SlidingExpirationInSeconds" double precision,
        "AbsoluteExpiration" timestamp with time zone,
        CONSTRAINT "DistCache_pkey" PRIMARY KEY ("Id")
      )`,
    save: `INSERT INTO "public"."${table}"
        ("Id", "Value", "ExpiresAtTime", "SlidingExpirationInSeconds", "AbsoluteExpiration")
      VALUES ($1, $2, $4::timestamptz + $3 * interval '1 second', $3::double precision, NULL)
      ON CONFLICT ("Id") DO UPDATE SET "Value" = EXCLUDED."Value", "ExpiresAtTime" = EXCLUDED."ExpiresAtTime"`,
    load: `SELECT "Value" AS value FROM "public"."${table}" WHERE "Id" = $1 AND $2::timestamptz <= "ExpiresAtTime"`,
    clean: `DELETE FROM "public"."${table}" WHERE $1::timestamptz > "ExpiresAtTime"`,
  });

export const open = (at) => (at.variant === 'community' ? community(at) : microsoft(at));
