import { statementsOn } from './aspnet-cache.mjs';

/** https://github.com/leonibr/community-extensions-cache-postgres, `Extensions.Caching.PostgreSql/SqlCommands.cs`. */
export const open = ({ url, table = 'cache' }) =>
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
