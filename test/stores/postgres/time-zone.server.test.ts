import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCutoff, readCutoffs } from '../../../src/stores/postgres/cutoff.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import { cleanUp, openContext } from './cleanup-fixture.ts';
import { connectPgSimpleTable, makeShop, type Shop } from './fixture.ts';

const layout = 'connect-pg-simple';
const minute = 60_000;
const hour = 60 * minute;
const zones = ['America/New_York', 'UTC', 'Asia/Tokyo'];

let postgres: TestPostgres;
const applications: ChildProcess[] = [];
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(async () => {
  for (const application of applications) {
    const ended = once(application, 'exit');
    application.disconnect();
    await ended;
  }
  await postgres[Symbol.asyncDispose]();
});

/** The library's own process; `options` are its connection's, such as `-c TimeZone=UTC`. */
function startApplication(shop: Shop, options?: string) {
  const { host, port } = postgres;
  const connection = { host, port, database: shop.database, ...shop.role, ...(options && { options }) };
  const script = fileURLToPath(new URL('connect-pg-simple-app.mjs', import.meta.url));
  const child = fork(script, [JSON.stringify(connection)], { execArgv: [] });
  applications.push(child);
  const ask = async (command: string, value: object): Promise<unknown> => {
    child.send({ command, value });
    const [reply] = (await once(child, 'message')) as [{ answer?: unknown; error?: string }];
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply.answer;
  };
  return {
    /** Saves sessions by the time when they expire. */
    set: (expiries: Readonly<Record<string, string>>) => ask('set', expiries),
    /** Which of them the library finds. */
    get: (sids: readonly string[]) => ask('get', sids),
  };
}

/** How many minutes ago sessions expired: some that a wrong zone would spare, and some that it would kill. */
const expiredAgo = [-15 * 60, -9 * 60, -5 * 60, -60, -1, 2, 4, 6, 60, 5 * 60, 9 * 60, 15 * 60];

/** Has the library save its sessions, cleans up with the default of five minutes, and looks which are left. */
async function judge(shop: Shop, application: ReturnType<typeof startApplication>, timeZone?: string) {
  const now = Date.now();
  const sids = expiredAgo.map(String);
  await application.set(
    Object.fromEntries(
      expiredAgo.map((minutes) => [String(minutes), new Date(now - minutes * minute).toISOString()]),
    ),
  );
  const report = await cleanUp(shop, { layout, ageSeconds: 300, ...(timeZone && { timeZone }) });
  const kept = await shop.sql<{ sid: string }>('SELECT sid FROM session');
  return {
    report,
    kept: sids.filter((sid) => kept.some((row) => row.sid === sid)),
    usable: await application.get(sids),
  };
}
const shouldBeKept = expiredAgo.filter((minutes) => minutes < 5).map(String);
const shouldBeUsable = expiredAgo.filter((minutes) => minutes < 0).map(String);

describe.each(zones)('an application in %s', (zone) => {
  test('with the zone in its role: clean-up with that role uses the same zone', async () => {
    const shop = await makeShop(postgres, connectPgSimpleTable());
    await shop.sql(`ALTER ROLE ${shop.role.user} SET TimeZone = '${zone}'`);
    const { report, kept, usable } = await judge(shop, startApplication(shop));
    expect(report.timeZone).toEqual({ name: zone, source: 'Connection' });
    expect(kept).toEqual(shouldBeKept);
    expect(usable).toEqual(shouldBeUsable);
  });

  test('that sets the zone itself: the cleaner goes by the spec', async () => {
    const shop = await makeShop(postgres, connectPgSimpleTable());
    // Clean-up's own connections are somewhere else altogether.
    await shop.sql(`ALTER ROLE ${shop.role.user} SET TimeZone = 'Pacific/Auckland'`);
    const { report, kept, usable } = await judge(shop, startApplication(shop, `-c TimeZone=${zone}`), zone);
    expect(report.timeZone).toEqual({ name: zone, source: 'Spec' });
    expect(kept).toEqual(shouldBeKept);
    expect(usable).toEqual(shouldBeUsable);
  });

  test('over both changes of clocks in a year, what the library saved is never stale too early', async () => {
    const shop = await makeShop(postgres, connectPgSimpleTable());
    const application = startApplication(shop, `-c TimeZone=${zone}`);
    const changes = ['2026-03-08T07:00:00Z', '2026-11-01T06:00:00Z'].map((time) => Date.parse(time));
    const every = (change: number, step: number) =>
      Array.from({ length: (5 * hour) / step }, (_, n) =>
        new Date(change - 2 * hour + n * step).toISOString(),
      );
    const expiries = changes.flatMap((change) => every(change, 10 * minute));
    await application.set(Object.fromEntries(expiries.map((time) => [time, time])));
    await using context = await openContext(shop, { layout });
    for (const now of changes.flatMap((change) => every(change, 5 * minute))) {
      const options = { ageSeconds: 300, naive: true, timeZone: zone, now };
      const { text } = await readCutoff(context.connection, options);
      const stale = await shop.sql<{ sid: string }>(`SELECT sid FROM session WHERE expire < '${text}'`);
      const limit = Date.parse(now) - 5 * minute;
      const inFall = Math.abs(limit - (changes[1] ?? 0)) <= hour && zone === 'America/New_York';
      const expected = expiries.filter((time) => Date.parse(time) < limit);
      const found = stale.map(({ sid }) => sid).toSorted();
      expect(expected).toEqual(expect.arrayContaining(found));
      // Around the hour that occurs twice some wait for an hour; at all other times they do not.
      if (!inFall) expect(found).toEqual(expected);
    }
  });
});

describe('a change of clocks', () => {
  const changes: [string, string, string][] = [
    ['forward by an hour', 'America/New_York', '2026-03-08T07:00:00Z'],
    ['back by an hour', 'America/New_York', '2026-11-01T06:00:00Z'],
    ['back by an hour, east of Greenwich', 'Europe/Berlin', '2026-10-25T01:00:00Z'],
    ['back by half an hour', 'Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
    ['back by two hours', 'Antarctica/Troll', '2026-10-25T01:00:00Z'],
    ['back at a minute past midnight', 'America/St_Johns', '2010-11-07T02:31:00Z'],
    ['back for good', 'Europe/Moscow', '2014-10-25T22:00:00Z'],
    ['forward by a whole day', 'Pacific/Apia', '2011-12-30T10:00:00Z'],
    ['not at all', 'UTC', '2026-11-01T06:00:00Z'],
  ];

  /** Of instants around a change, as naive times of the zone: those before the cutoff. */
  const staleBy = async (shop: Shop, zone: string, change: string, cutoff: string) =>
    (
      await shop.sql<{ at: string }>(`
        SELECT extract(epoch FROM t)::float8 AS at
          FROM generate_series(timestamptz '${change}' - interval '4 hours', timestamptz '${change}' + interval '5 hours', '7 minutes') t
         WHERE t AT TIME ZONE '${zone}' < ${cutoff}`)
    ).map(({ at }) => Number(at) * 1000);

  test.each(changes)('%s (%s) never makes a live session stale', async (_what, zone, change) => {
    const shop = await makeShop(postgres);
    await using context = await openContext(shop);
    for (let at = Date.parse(change) - 3 * hour; at < Date.parse(change) + 4 * hour; at += 11 * minute) {
      const now = new Date(at).toISOString();
      const options = { ageSeconds: 1800, naive: true, timeZone: zone, now };
      const { text, type } = await readCutoff(context.connection, options);
      expect(type).toBe('timestamp');
      const stale = await staleBy(shop, zone, change, `timestamp '${text}'`);
      const limit = at - 30 * minute;
      expect(Math.max(...stale)).toBeLessThan(limit);
      // No session is kept for longer than clocks go back.
      expect(Math.max(...stale)).toBeGreaterThanOrEqual(limit - 2 * hour - 7 * minute);
    }
  });

  test('a local time that comes again is not stale at the instant itself', async () => {
    const shop = await makeShop(postgres);
    await using context = await openContext(shop);
    const at = async (now: string) => {
      const options = { ageSeconds: 0, naive: true, timeZone: 'America/New_York', now };
      const { local, inexact } = (await readCutoffs(context.connection, options)).texts;
      return { local, inexact };
    };
    expect(await at('2026-11-01T05:30:00Z')).toEqual({ local: '2026-11-01 01:00:00', inexact: ['local'] });
    expect(await at('2026-11-01T05:00:00Z')).toEqual({ local: '2026-11-01 01:00:00', inexact: ['local'] });
    expect(await at('2026-11-01T06:30:00Z')).toEqual({ local: '2026-11-01 01:30:00', inexact: undefined });
  });

  test('would, if the age were taken from a local time', async () => {
    const shop = await makeShop(postgres);
    const [zone, change] = ['America/New_York', '2026-03-08T07:00:00Z'];
    const at = Date.parse(change) + 5 * minute;
    const local = `(timestamptz '${new Date(at).toISOString()}' AT TIME ZONE '${zone}') - interval '30 minutes'`;
    const stale = await staleBy(shop, zone, change, local);
    expect(Math.max(...stale)).toBeGreaterThan(at - 30 * minute);
  });
});

describe('the zone', () => {
  test.each(['Mars/Phobos', 'UTC+3', 'America/New_York2', "UTC'; DROP TABLE session; --"])(
    '%s is refused with what to do',
    async (timeZone) => {
      const shop = await makeShop(postgres, connectPgSimpleTable());
      await refusal(
        'InvalidInput',
        /layoutOptions.timeZone .*SHOW TimeZone/,
      )(cleanUp(shop, { layout, timeZone }));
    },
  );

  test('of a connection is what SET makes of it, not what AT TIME ZONE does: CET has summers', async () => {
    const shop = await makeShop(postgres);
    await shop.sql(`ALTER ROLE ${shop.role.user} SET TimeZone = 'CET'`);
    await using context = await openContext(shop);
    const options = { ageSeconds: 0, naive: true, now: '2026-07-01T12:00:00Z' };
    expect(await readCutoff(context.connection, options)).toEqual({
      text: '2026-07-01 14:00:00',
      type: 'timestamp',
      timeZone: { name: 'CET', source: 'Connection' },
    });
  });

  test('does not matter to a column that holds instants, whatever the layout’s own DDL says', async () => {
    const shop = await makeShop(postgres, connectPgSimpleTable().replace('timestamp(6)', 'timestamptz(6)'));
    await shop.sql(`ALTER ROLE ${shop.role.user} SET TimeZone = 'Asia/Tokyo'`);
    const { report, kept, usable } = await judge(shop, startApplication(shop), 'America/New_York');
    expect(report.timeZone).toBeUndefined();
    expect(kept).toEqual(shouldBeKept);
    expect(usable).toEqual(shouldBeUsable);
  });

  test('is that of the oldest stale session’s time, too', async () => {
    const shop = await makeShop(postgres, connectPgSimpleTable());
    await shop.sql(`INSERT INTO session VALUES ('a', '{}', '2026-01-01 09:00:00')`);
    const report = await cleanUp(shop, { layout, timeZone: 'Asia/Tokyo', dryRun: true });
    expect(report.oldestStale).toBe('2026-01-01T00:00:00.000Z');
  });

  test('may come with any style of writing dates', async () => {
    const shop = await makeShop(postgres, connectPgSimpleTable());
    await shop.sql(`ALTER ROLE ${shop.role.user} SET DateStyle = 'SQL, DMY'`);
    const { kept } = await judge(shop, startApplication(shop));
    expect(kept).toEqual(shouldBeKept);
  });
});
