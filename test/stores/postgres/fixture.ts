import type { RunnerInput } from '../../../src/api/runner-input.ts';
import { fingerprintOf } from '../../../src/api/spent-tokens.ts';
import { layoutOf } from '../../../src/layouts/index.ts';
import { openStore } from '../../../src/stores/index.ts';
import type { ByteStore, Owner, SetupOptions } from '../../../src/stores/session-store.ts';
import { markText } from '../../../src/stores/tables/mark.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { unique } from '../../servers/shared.ts';

type Role = TestPostgres['superuser'];

export const owner: Owner = { installation: 'cluster-1', namespace: 'shop', name: 'web' };

/** connect-pg-simple's table as its own `table.sql` makes it. */
export const connectPgSimpleTable = (name = 'session'): string => `
  CREATE TABLE "${name}" ("sid" varchar NOT NULL COLLATE "default", "sess" json NOT NULL, "expire" timestamp(6) NOT NULL);
  ALTER TABLE "${name}" ADD PRIMARY KEY ("sid") NOT DEFERRABLE INITIALLY IMMEDIATE;`;

/** The comment of a table that set-up made, or found. */
export const markedAs = (origin: 'created' | 'adopted', ...spent: readonly string[]): string =>
  `COMMENT ON TABLE session IS '${markText({ ...owner, origin, spentTokens: spent.map(fingerprintOf) })}';`;

/** A database that the role owns, and how to set a store up in it. */
export interface Shop {
  readonly database: string;
  readonly role: Role;
  readonly folder: string;
  sql: <Row extends object>(text: string) => Promise<Row[]>;
  setUp: (options?: SetUpOptions) => ReturnType<ByteStore['setup']>;
}

export interface SetUpOptions extends Partial<SetupOptions> {
  readonly layout?: string;
  readonly schema?: string;
  readonly table?: string;
  /** The folder of another role's connection. */
  readonly folder?: string;
}

/** A fresh database of a role of its own; connect-pg-simple's layout by default. */
export async function makeShop(postgres: TestPostgres, setUpSql = ''): Promise<Shop> {
  const role = await postgres.createRole(unique('app'));
  const database = await postgres.createDatabase(unique('shop'), role);
  const sql: Shop['sql'] = (text) => postgres.sql(text, { database });
  if (setUpSql !== '') await sql(`SET ROLE ${role.user}; ${setUpSql}`);
  const folder = await postgres.connectionFolder(role, database);
  const setUp: Shop['setUp'] = async ({ layout = 'connect-pg-simple', schema, table, ...options } = {}) => {
    const spec = {
      connection: { secretName: 'shop-db' },
      ...(schema !== undefined && { schema }),
      ...(table !== undefined && { table }),
    };
    const connectionPath = options.folder ?? folder;
    await using store = await openStore('postgres', {
      spec,
      layout: layoutOf(layout),
      connectionPath,
      volumePath: '',
    });
    return await store.setup({ owner, ifExists: 'Adopt', ...options });
  };
  return { database, role, folder, sql, setUp };
}

type Store = RunnerInput['store'];

/** The runner's input for the shop's table. */
export const inputFor = (parts: Pick<Store, 'setup' | 'cleanup'>): RunnerInput => ({
  owner,
  store: {
    backend: { postgres: { connection: { secretName: 'shop-db' } } },
    layout: 'connect-pg-simple',
    ...parts,
  },
});

/** All of a table that set-up has a hand in, to be compared. */
export async function stateOf({ sql }: Shop, table = 'session') {
  const [state] = await sql<{ state: object }>(`SELECT json_build_object(
    'columns', (SELECT json_agg(format('%s %s %s', attname, format_type(atttypid, atttypmod), attnotnull) ORDER BY attnum)
                  FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0),
    'indexes', (SELECT json_agg(format('%s %s', pg_get_indexdef(indexrelid), indisvalid) ORDER BY indexrelid::regclass::text)
                  FROM pg_index WHERE indrelid = c.oid),
    'owner', relowner::regrole::text, 'acl', relacl::text,
    'comment', obj_description(c.oid, 'pg_class')) AS state
    FROM pg_class c WHERE c.oid = '"${table}"'::regclass`);
  return state?.state;
}
