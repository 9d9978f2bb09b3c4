import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/api/spent-tokens.ts';
import { commentWithoutMark } from '../../../src/stores/tables/mark.ts';
import { startPgBouncer, startPostgres, type TestPostgres } from '../../servers/postgres.ts';
import { patiently } from '../patiently.ts';
import { refusal } from '../refusal.ts';
import { connectPgSimpleTable, makeShop, markedAs, owner, type Shop, stateOf } from './fixture.ts';

const other = { ...owner, name: 'other' };
const overwrite = (overwriteToken: string) => ({ ifExists: 'Overwrite', overwriteToken }) as const;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const markOf = async (shop: Shop, table = 'session') =>
  (await stateOf(shop, table)) as { comment: string | null; indexes: string[] };
const add = ({ sql }: Shop, id: string) => sql(`INSERT INTO session VALUES ('${id}', '{}', now())`);
const ids = async ({ sql }: Shop) =>
  (await sql<{ sid: string }>('SELECT sid FROM session ORDER BY 1')).map(({ sid }) => sid);

describe('where nothing is', () => {
  test.each([
    ['connect-pg-simple', 'session'],
    ['session3', 'sessions'],
  ])('the table of %s is made, marked and indexed; a second run finds it', async (layout, table) => {
    const shop = await makeShop(postgres);
    const made = await shop.setUp({ layout });
    expect(made).toMatchObject({ outcome: 'Created', marked: true, notes: [] });
    const state = await stateOf(shop, table);
    expect(state).toMatchObject({ comment: expect.stringContaining('Made by SessionStore shop/web.') });
    expect(await shop.setUp({ layout })).toEqual({ ...made, outcome: 'Verified' });
    expect(await shop.setUp({ layout, ifExists: 'Fail' })).toMatchObject({ outcome: 'Verified' });
    expect(await stateOf(shop, table)).toEqual(state);
  });

  test('names that need quoting, and names as long as they may be, are taken as they are', async () => {
    const shop = await makeShop(postgres, 'CREATE SCHEMA "the ""shop"""');
    const table = `it's; DROP TABLE "x" -- ${'y'.repeat(39)}`;
    expect(table).toHaveLength(63);
    const place = { schema: 'the "shop"', table };
    expect(await shop.setUp({ layout: 'session3', ...place })).toMatchObject({
      outcome: 'Created',
      notes: [],
    });
    expect(await shop.setUp({ layout: 'session3', ...place })).toMatchObject({
      outcome: 'Verified',
      notes: [],
    });
  });

  test('two connect-pg-simple tables share a schema, though the library has one name for its index', async () => {
    const shop = await makeShop(postgres);
    await shop.setUp({ table: 'one' });
    expect(await shop.setUp({ table: 'two', owner: other })).toMatchObject({ outcome: 'Created', notes: [] });
    const { indexes } = await markOf(shop, 'two');
    expect(indexes.join()).toMatch(/two_expire_idx.*two_pkey/s);
  });

  test('a missing schema, and one the role may not create in, say what to run', async () => {
    const shop = await makeShop(postgres, 'CREATE SCHEMA closed');
    await refusal('StoreMissing', /Schema nowhere does not exist/)(shop.setUp({ schema: 'nowhere' }));
    const guest = await postgres.createRole('guest');
    const folder = await postgres.connectionFolder(guest, shop.database);
    const grant = /GRANT USAGE, CREATE ON SCHEMA "closed" TO "guest"/;
    await refusal('PermissionDenied', grant)(shop.setUp({ schema: 'closed', folder }));
    await shop.sql('GRANT USAGE, CREATE ON SCHEMA "closed" TO "guest"');
    expect(await shop.setUp({ schema: 'closed', folder })).toMatchObject({ outcome: 'Created' });
  });
});

describe('Adopt', () => {
  test('a table that fits is used as it is, and marked where the role owns it', async () => {
    const shop = await makeShop(postgres, connectPgSimpleTable());
    await add(shop, 'live');
    const { indexes } = await markOf(shop);
    expect(await shop.setUp()).toMatchObject({
      outcome: 'Adopted',
      marked: true,
      notes: [expect.stringContaining('no index on expire')],
    });
    expect(await markOf(shop)).toMatchObject({ indexes, comment: expect.stringMatching(/^Adopted by/) });
    expect(await ids(shop)).toEqual(['live']);
    expect(await shop.setUp()).toMatchObject({ outcome: 'Verified', marked: true });
  });

  test('a table with a comment is marked after what it says, which stays', async () => {
    const shop = await makeShop(postgres, connectPgSimpleTable());
    const text = "it's Ann's: {ask} her\n first \n";
    await shop.sql(`COMMENT ON TABLE session IS '${text.replaceAll("'", "''")}'`);
    expect(await shop.setUp()).toMatchObject({ outcome: 'Adopted', marked: true });
    expect((await markOf(shop)).comment).toMatch(
      /^it's Ann's: \{ask\} her\n first \n\nAdopted by SessionStore shop\/web\. /,
    );
    expect(await shop.setUp()).toMatchObject({ outcome: 'Verified', marked: true });
    await refusal('Conflict', /shop\/web of installation/)(shop.setUp({ owner: other }));
    await refusal('Conflict', /shop\/web/)(shop.setUp({ ...overwrite('t1'), owner: other }));
    expect(await shop.setUp(overwrite('t1'))).toMatchObject({ outcome: 'Overwritten' });
    expect(commentWithoutMark((await markOf(shop)).comment)).toBe(text);
  });

  test('the advice of a Conflict clears the mark and leaves what the comment says', async () => {
    for (const text of ['', "it's Ann's"]) {
      const shop = await makeShop(postgres, connectPgSimpleTable());
      if (text) await shop.sql(`COMMENT ON TABLE session IS '${text.replaceAll("'", "''")}'`);
      await shop.setUp();
      const { message } = await shop.setUp({ owner: other }).then(
        () => new Error('Expected a Conflict'),
        (error: Error) => error,
      );
      await shop.sql(message.match(/COMMENT ON TABLE .*$/)?.[0] ?? '');
      expect((await markOf(shop)).comment).toBe(text || null);
      expect(await shop.setUp({ owner: other })).toMatchObject({ outcome: 'Adopted', marked: true });
    }
  });

  test('a table of somebody else’s is adopted unmarked, and said to be anybody’s', async () => {
    const shop = await makeShop(postgres, connectPgSimpleTable());
    const reader = await postgres.createRole('reader');
    const folder = await postgres.connectionFolder(reader, shop.database);
    const note = expect.stringMatching(
      `only its owner, ${shop.role.user}, could.*another SessionStore could use the same table`,
    );
    const adopted = { outcome: 'Adopted', marked: false };
    expect(await shop.setUp({ folder })).toMatchObject({ ...adopted, notes: expect.arrayContaining([note]) });
    await refusal('PermissionDenied', /can overwrite it/)(shop.setUp({ folder, ...overwrite('t1') }));
  });

  test('other types under which the library works are adopted, and columns of one’s own', async () => {
    const shop = await makeShop(
      postgres,
      `CREATE TABLE session (sid varchar(255) PRIMARY KEY, sess jsonb NOT NULL, expire timestamptz NOT NULL,
         user_id int, seen int NOT NULL DEFAULT 0, n int GENERATED ALWAYS AS IDENTITY)`,
    );
    expect(await shop.setUp()).toMatchObject({ outcome: 'Adopted', marked: true });
  });
});

describe('another’s mark', () => {
  test('is a Conflict that names it, whatever was asked for', async () => {
    const shop = await makeShop(postgres);
    await shop.setUp({ owner: other });
    await add(shop, 'theirs');
    for (const options of [{}, { ifExists: 'Fail' as const }, overwrite('t1')]) {
      await refusal('Conflict', /shop\/other of installation cluster-1/)(shop.setUp(options));
    }
    expect(await ids(shop)).toEqual(['theirs']);
  });

  test('includes one of another installation, and one of a version to come', async () => {
    const shop = await makeShop(postgres);
    await shop.setUp({ owner: { ...owner, installation: 'cluster-2' } });
    await refusal('Conflict', /installation cluster-2/)(shop.setUp());
    await shop.sql(`COMMENT ON TABLE session IS 'sessionstore.dev/mark/v9 ???'`);
    await refusal('Conflict', /another version/)(shop.setUp(overwrite('t1')));
  });
});

describe('Fail', () => {
  test('refuses a table that this SessionStore did not make', async () => {
    const shop = await makeShop(postgres, connectPgSimpleTable());
    await refusal('AlreadyExists', /public\.session exists/)(shop.setUp({ ifExists: 'Fail' }));
  });
});

describe('Overwrite', () => {
  test('empties a table that fits, keeping its grants, once per token', async () => {
    const shop = await makeShop(postgres, `${connectPgSimpleTable()} GRANT SELECT ON session TO PUBLIC`);
    await add(shop, 'old');
    const done = { outcome: 'Overwritten', overwriteToken: 't1', marked: true, notes: [] };
    expect(await shop.setUp(overwrite('t1'))).toMatchObject(done);
    expect(await ids(shop)).toEqual([]);
    expect(await stateOf(shop)).toMatchObject({ acl: expect.stringContaining('=r/') });
    await add(shop, 'new');
    expect(await shop.setUp(overwrite('t1'))).toMatchObject({ outcome: 'Verified', overwriteToken: 't1' });
    expect(await ids(shop)).toEqual(['new']);
    expect(await shop.setUp(overwrite('t2'))).toMatchObject({ ...done, overwriteToken: 't2' });
    expect(await ids(shop)).toEqual([]);
  });

  test('a token spent by status or by mark permits nothing, though the other was lost', async () => {
    const shop = await makeShop(postgres);
    await shop.setUp(overwrite('t1'));
    await add(shop, 'live');
    expect(await shop.setUp(overwrite('t1'))).toMatchObject({ outcome: 'Verified' });
    await shop.sql('COMMENT ON TABLE session IS NULL');
    const spent = { ...overwrite('t1'), spentTokens: [fingerprintOf('t1')] };
    expect(await shop.setUp(spent)).toMatchObject({ outcome: 'Adopted', overwriteToken: 't1' });
    expect(await shop.setUp(overwrite('t1'))).toMatchObject({ outcome: 'Verified' });
    expect(await ids(shop)).toEqual(['live']);
  });

  test('makes what does not fit again only where set-up made it itself', async () => {
    const unlike = 'CREATE TABLE session (id int PRIMARY KEY); INSERT INTO session VALUES (1);';
    for (const mark of ['', markedAs('adopted')]) {
      const theirs = await makeShop(postgres, unlike + mark);
      await refusal(
        'ShapeMismatch',
        /not made by this SessionStore/,
        /column sid is missing/,
      )(theirs.setUp(overwrite('t1')));
      expect(await theirs.sql('TABLE session')).toEqual([{ id: 1 }]);
    }
    const shop = await makeShop(postgres, unlike + markedAs('created'));
    expect(await shop.setUp(overwrite('t1'))).toMatchObject({ outcome: 'Overwritten', notes: [] });
    expect((await markOf(shop)).indexes.join()).toMatch(/"IDX_session_expire".*session_pkey/s);
  });

  test('leaves a view, a table others refer to, and one of another role alone', async () => {
    const view = await makeShop(postgres, 'CREATE VIEW session AS SELECT 1 AS sid');
    await refusal('ShapeMismatch', /it is a view/)(view.setUp(overwrite('t1')));
    const reference = 'CREATE TABLE cart (sid varchar REFERENCES session)';
    const referred = await makeShop(postgres, `${connectPgSimpleTable()} ${reference}`);
    await refusal('ShapeMismatch', /cart_sid_fkey of cart refers to it/)(referred.setUp(overwrite('t1')));
    const withView = 'CREATE TABLE session (a int); CREATE VIEW v AS TABLE session;';
    const used = await makeShop(postgres, withView + markedAs('created'));
    await refusal(
      'ShapeMismatch',
      /depend on it \(view public.v depends on table public.session/,
    )(used.setUp(overwrite('t1')));
    const foreign = await makeShop(postgres);
    await foreign.sql(connectPgSimpleTable());
    const words = /ALTER TABLE "public"\."session" OWNER TO/;
    await refusal('PermissionDenied', words)(foreign.setUp(overwrite('t1')));
  });
});

describe('trouble', () => {
  test('a read-only database is worth another try', async () => {
    const shop = await makeShop(postgres);
    await shop.sql(`ALTER DATABASE ${shop.database} SET default_transaction_read_only = on`);
    await refusal('ReadOnly', /accepts no writes/)(shop.setUp());
    await postgres.sql(`ALTER DATABASE ${shop.database} RESET default_transaction_read_only`);
    expect(await shop.setUp()).toMatchObject({ outcome: 'Created' });
  });

  test('a locked table is waited for a second at a time, and then left in peace', async () => {
    const shop = await makeShop(postgres, connectPgSimpleTable());
    const application = await postgres.client({ database: shop.database });
    await application.query('BEGIN; LOCK TABLE session IN ROW EXCLUSIVE MODE');
    await refusal('LockTimeout')(shop.setUp(overwrite('t1')));
    const trying = shop.setUp(overwrite('t1'));
    await application.query('COMMIT');
    await application.end();
    expect(await trying).toMatchObject({ outcome: 'Overwritten' });
  });

  test('two runs at once both end well, and two stores at once leave one owner', async () => {
    for (const setUpSql of ['', connectPgSimpleTable()]) {
      const shop = await makeShop(postgres, setUpSql);
      const reports = await Promise.all(Array.from({ length: 4 }, () => patiently(() => shop.setUp())));
      expect(reports.every(({ marked }) => marked)).toBe(true);
      const rival = await makeShop(postgres, setUpSql);
      const owners = [owner, other].map((name) => patiently(() => rival.setUp({ owner: name })));
      const ends = await Promise.allSettled(owners);
      expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const [loser] = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
      expect(loser).toMatchObject({ reason: 'Conflict' });
    }
  });

  test('a table dropped by hand is made again', async () => {
    const shop = await makeShop(postgres);
    await shop.setUp(overwrite('t1'));
    await shop.sql('DROP TABLE session');
    const again = shop.setUp({ ...overwrite('t1'), spentTokens: [fingerprintOf('t1')] });
    expect(await again).toMatchObject({ outcome: 'Created', overwriteToken: 't1' });
  });

  test('all of it goes through PgBouncer in transaction mode', async () => {
    const shop = await makeShop(postgres, connectPgSimpleTable());
    await using bouncer = await startPgBouncer(postgres);
    const port = { port: String(bouncer.port) };
    const folder = await postgres.connectionFolder(shop.role, shop.database, port);
    const report = { outcome: 'Adopted', marked: true, notes: [] };
    expect(await shop.setUp({ folder, createIndex: true })).toMatchObject(report);
  });
});
