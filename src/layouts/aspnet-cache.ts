import type { Layout, Variant } from './layout.ts';

/**
 * ASP.NET Core's distributed cache by the community's package, with columns of other names:
 * https://github.com/leonibr/community-extensions-cache-postgres, `Extensions.Caching.PostgreSql/SqlCommands.cs`.
 */
const community: Variant = {
  name: 'community',
  title: 'ASP.NET Core: Community.Microsoft.Extensions.Caching.PostgreSql',
  source: 'https://github.com/leonibr/community-extensions-cache-postgres',
  library: {
    versions: '6.0.1',
    proof: 'source',
    readsCheckExpiry: true,
    cleansItself: 'Each process deletes all expired entries every 30 minutes, with one DELETE.',
    switchOff: 'Set `DisableRemoveExpired = true`.',
  },
  postgres: {
    table: 'cache',
    columns: [
      {
        name: 'Id',
        type: 'text',
        alsoAccepts: ['character varying'],
        notNull: true,
        collation: 'COLLATE pg_catalog."default"',
      },
      { name: 'Value', type: 'bytea', notNull: false },
      { name: 'ExpiresAtTime', type: 'timestamp with time zone', notNull: false },
      { name: 'SlidingExpirationInSeconds', type: 'double precision', notNull: false },
      { name: 'AbsoluteExpiration', type: 'timestamp with time zone', notNull: false },
    ],
    key: { column: 'Id', is: 'primary' },
    primaryKey: { columns: ['Id'], constraint: 'DistCache_pkey' },
    rules: [{ at: { column: 'ExpiresAtTime' } }],
    payload: 'Value',
    indexes: [],
    timeIndex: { name: '{table}_ExpiresAtTime_idx', column: 'ExpiresAtTime' },
  },
};

/**
 * ASP.NET Core's distributed cache, which holds the sessions, by Microsoft's package:
 * https://github.com/Azure/Microsoft.Extensions.Caching.Postgres, `src/SqlQueries.cs`.
 */
export const aspnetCache: Layout = {
  name: 'aspnet-cache',
  title: 'ASP.NET Core: Microsoft.Extensions.Caching.Postgres',
  source: 'https://github.com/Azure/Microsoft.Extensions.Caching.Postgres',
  library: {
    versions: '1.2.2',
    proof: 'source',
    readsCheckExpiry: true,
    cleansItself: 'Each process deletes all expired entries every 30 minutes, with one DELETE.',
    switchOff: 'Set `ExpiredItemsDeletionInterval` to years: there is no switch.',
  },
  age: 'expiry',
  postgres: {
    table: 'cache',
    columns: [
      {
        name: 'id',
        type: 'character varying(449)',
        alsoAccepts: ['character varying', 'text'],
        notNull: true,
        collation: 'COLLATE "C"',
      },
      { name: 'value', type: 'bytea', notNull: true },
      { name: 'expiresattime', type: 'timestamp with time zone', notNull: true },
      { name: 'slidingexpirationinseconds', type: 'bigint', notNull: false },
      { name: 'absoluteexpiration', type: 'timestamp with time zone', notNull: false },
    ],
    key: { column: 'id', is: 'primary' },
    rules: [{ at: { column: 'expiresattime' } }],
    payload: 'value',
    indexes: [{ name: 'ix_expiresattime', columns: ['expiresattime'] }],
    timeIndex: { name: 'ix_expiresattime', column: 'expiresattime' },
    unlogged: true,
  },
  variants: [community],
};
