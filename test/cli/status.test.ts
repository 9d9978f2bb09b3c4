import { expect, test } from 'vitest';
import type { SessionStoreStatus } from '../../src/api/status.ts';
import { durationText } from '../../src/cli/age.ts';
import { linesOfFields, wrapped } from '../../src/cli/fields.ts';
import { fleetLines } from '../../src/cli/status/fleet.ts';
import { readinessOf } from '../../src/cli/status/readiness.ts';
import { storeFields } from '../../src/cli/status/store-fields.ts';
import { trendOf } from '../../src/cli/status/trend.ts';
import { whyNotLines } from '../../src/cli/status/why-not.ts';
import { showsUtf8, type Tone } from '../../src/cli/terminal.ts';
import { directorySpec, now, postgresSpec, sessionStore } from '../builders.ts';

const at = '2026-11-20T08:48:00Z';

const condition = (type: string, status: 'True' | 'False' | 'Unknown', reason: string, message = '') => ({
  type,
  status,
  reason,
  message,
  observedGeneration: 1,
  lastTransitionTime: at,
});

const lastRun = {
  jobName: 'web-cleanup-1',
  startedAt: '2026-11-20T11:17:00Z',
  finishedAt: '2026-11-20T11:17:09Z',
  outcome: 'Succeeded' as const,
  deleted: 1_234_567,
  overdue: 12,
  overdueAtLeast: true,
  message: 'deleted 1,234,567 sessions, at least 12 overdue left',
};

const well: SessionStoreStatus = {
  observedGeneration: 1,
  store: 'postgres: table public.session (connect-pg-simple)',
  conditions: [
    condition('Ready', 'True', 'Ready'),
    condition('Provisioned', 'True', 'Adopted'),
    condition('CleanupScheduled', 'True', 'Scheduled'),
    condition('CleanedUp', 'True', 'CleanedUp', lastRun.message),
  ],
  setup: {
    hash: 'h',
    outcome: 'Adopted',
    attempt: 1,
    finishedAt: '2026-11-15T12:00:00Z',
    notes: ['the table has no index on expire'],
  },
  connection: {
    secretName: 'shop-db',
    verifiedAt: '2026-11-15T12:00:00Z',
    server: 'PostgreSQL 15.18',
    tls: 'TLSv1.3 verified',
    certificateExpires: '2027-02-20T12:00:00Z',
  },
  cleanup: {
    schedule: '17 * * * *',
    timeZone: 'Etc/UTC',
    cronJobName: 'web-cleanup',
    lastRun,
    lastSuccessTime: lastRun.finishedAt,
    oldestStale: '2026-11-19T12:00:00Z',
  },
};

const refused: SessionStoreStatus = {
  observedGeneration: 1,
  store: 'postgres: table public.session (connect-pg-simple)',
  conditions: [
    condition('Ready', 'False', 'AuthenticationFailed', 'the server refused the password of role shop'),
    condition('CleanupScheduled', 'Unknown', 'Provisioning'),
  ],
};

const plain = (_: Tone, text: string): string => text;
const view = { now, withNamespaces: false, wide: false, width: undefined, paint: plain };
const stores = [
  sessionStore(postgresSpec, { status: well }),
  sessionStore(postgresSpec, { name: 'a-shop-with-a-long-name', status: refused }),
  sessionStore({ ...directorySpec, suspend: true }, { name: 'wiki' }),
];

test('durations read as kubectl prints ages', () => {
  const seconds = [-5, 0, 119, 120, 599, 600, 10_799, 11_520, 28_800, 172_800, 180_000, 691_200];
  expect(seconds.map((count) => durationText(count * 1000))).toEqual([
    ...['0s', '0s', '119s', '2m', '9m59s', '10m', '179m', '3h12m', '8h', '2d', '2d2h', '8d'],
  ]);
  expect(durationText(3 * 365 * 86_400_000)).toBe('3y');
  expect(durationText(9.5 * 365 * 86_400_000)).toBe('9y');
});

test('in a pipe, the table has the same columns whatever they hold', () => {
  expect(fleetLines(stores, view)).toEqual([
    'NAME                     READY                 LAST RUN  DELETED    OVERDUE  OLDEST STALE  NEXT RUN   LAYOUT',
    'web                      yes                   42m       1,234,567  12+      24h           17m        connect-pg-simple',
    'a-shop-with-a-long-name  AuthenticationFailed  -         -          -        -             -          connect-pg-simple',
    'wiki                     NotReconciled         -         -          -        -             suspended  session3',
  ]);
});

test('80 columns show the most important of the table, 200 more, and wide all', () => {
  const narrow = fleetLines(stores, { ...view, width: 80, withNamespaces: true });
  expect(narrow[0]).toBe('NAMESPACE  NAME                     READY                 LAST RUN  OVERDUE');
  expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(80);
  const broad = fleetLines(stores, { ...view, width: 200 });
  expect(broad[0]).toMatch(/DELETED.*NEXT RUN.*LAYOUT.*SCHEDULE.*STORE/);
  expect(Math.max(...broad.map((line) => line.length))).toBeLessThanOrEqual(200);
  expect(fleetLines(stores, { ...view, width: 80, wide: true })[0]).toMatch(/STORE.*MESSAGE$/);
});

test('below a terminal’s table stands why the first five stores are not Ready', () => {
  const options = { withNamespaces: false, width: 40, program: 'kubectl sessionstore' };
  expect(whyNotLines(stores, options)).toEqual([
    '',
    'a-shop-with-a-long-name',
    '  the server refused the password of',
    '  role shop',
  ]);
  const many = Array.from({ length: 7 }, (_, n) =>
    sessionStore(postgresSpec, { name: `shop-${n}`, status: refused }),
  );
  const lines = whyNotLines(many, { ...options, withNamespaces: true, width: 80 });
  expect(lines).toHaveLength(5 * 3 + 2);
  expect(lines[1]).toBe('shop/shop-0');
  expect(lines.at(-1)).toBe('2 more are not Ready: kubectl sessionstore status NAME says why');
});

test('a name is never left out, however narrow the terminal is', () => {
  expect(fleetLines(stores, { ...view, width: 20 })[2]).toBe('a-shop-with-a-long-name  …');
});

test('colour marks the readiness and moves no column', () => {
  const paint = (tone: Tone, text: string) => `<${tone}>${text}</>`;
  const [, first, second, third] = fleetLines(stores, { ...view, paint });
  expect(first).toContain('<good>yes                 </>  42m');
  expect(second).toContain('<bad>AuthenticationFailed</>');
  expect(third).toContain('<waiting>NotReconciled       </>');
});

const textOf = (index: number, width?: number, isUtf8 = true): string => {
  const store = stores[index];
  if (!store) throw new Error('Expected a store of the fixture');
  return linesOfFields(storeFields(store, { now, program: 'sessionstore', isUtf8 }), width, plain).join('\n');
};

test('a store that is Ready is shown with its connection, schedule, runs and notes', () => {
  expect(textOf(0)).toBe(
    [
      'Name          web in namespace shop',
      'Ready         yes for 3h12m',
      'Store         postgres: table public.session (connect-pg-simple)',
      'Layout        connect-pg-simple',
      'Connection    PostgreSQL 15.18, TLS v1.3 verified, certificate expires in 92d, Secret shop-db, verified 5d ago',
      'Set-up        Adopted 5d ago',
      'Schedule      17 * * * * (Etc/UTC); next in 17m, at 2026-11-20T12:17:00Z',
      'Last run      Succeeded 42m ago, took 9s',
      '              deleted 1,234,567 sessions, at least 12 overdue left',
      'Last success  42m ago',
      'Oldest stale  24h ago',
      'Notes         the table has no index on expire',
    ].join('\n'),
  );
});

test('a store that is not Ready is shown with the reason, what to do and where to read on', () => {
  const text = textOf(1, 60);
  expect(text).toContain('Ready   no, AuthenticationFailed for 3h12m');
  expect(text).toMatch(/Why {5}the server refused the password of role shop\./);
  expect(text).toMatch(/Remedy {2}Correct user and password in the Secret\./);
  expect(text).toContain('sessionstore doctor a-shop-with-a-long-name');
  // An address is one word, which no terminal's width may cut.
  const address = 'https://sessionstore.dev/docs/troubleshooting.md#authenticationfailed';
  expect(text).toMatch(new RegExp(`^Docs +${address}$`, 'm'));
  const lines = text.split('\n').filter((line) => !line.endsWith(address));
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
});

test('a store that no operator has reconciled is not Ready, nor is one with a newer spec', () => {
  expect(textOf(2)).toMatch(/no, NotReconciled\n.*The operator has not reconciled this store yet\./);
  const newer = sessionStore(postgresSpec, { generation: 2, status: well });
  expect(readinessOf(newer)).toMatchObject({ isReady: false, reason: 'NotReconciled', tone: 'waiting' });
  expect(readinessOf(newer).message).toContain('generation 2');
});

test('a run that goes on, the trend of the last runs and a requested run are shown', () => {
  const history = [700, 100, 0].map((deleted) => ({
    deleted,
    finishedAt: lastRun.finishedAt,
    outcome: 'Succeeded' as const,
  }));
  const cleanup = {
    ...well.cleanup,
    schedule: '17 * * * *',
    timeZone: 'Etc/UTC',
    cronJobName: 'web-cleanup',
    history,
    active: { jobName: 'web-cleanup-2', startedAt: '2026-11-20T11:57:00Z' },
    pendingRequest: 'another runs',
  };
  const store = sessionStore(postgresSpec, { status: { ...well, cleanup } });
  const text = (isUtf8: boolean) =>
    linesOfFields(storeFields(store, { now, program: 'sessionstore', isUtf8 }), 80, plain).join('\n');
  expect(text(true)).toMatch(/^Trend {9}▁▂█ {2}deleted by the last 3 runs, at most 700$/m);
  expect(text(false)).toMatch(/^Trend {9}_\.# /m);
  expect(text(true)).toMatch(/^Running {7}web-cleanup-2 since 3m$/m);
  expect(text(true)).toMatch(/^Requested {5}another runs$/m);
  expect(fleetLines([store], view)[1]).toMatch(/yes {4}runs 3m /);
});

test('a message that a condition says is not said a second time', () => {
  const status: SessionStoreStatus = {
    ...well,
    conditions: [
      condition('Ready', 'True', 'Ready'),
      condition('CleanedUp', 'False', 'Incomplete', lastRun.message),
    ],
  };
  const store = sessionStore(postgresSpec, { status });
  const text = linesOfFields(storeFields(store, { now, program: 'sessionstore', isUtf8: true }), 80, plain);
  expect(text.filter((line) => line.includes(lastRun.message))).toHaveLength(1);
  expect(text.join('\n')).toContain('Remedy        Wait for the next run');
});

test('a trend has a bar for each number, in ASCII where the locale has no UTF-8', () => {
  expect(trendOf([0, 1, 4, 7], true)).toBe('▁▂▅█');
  expect(trendOf([0, 1, 4, 7], false)).toBe('_.=#');
  expect(trendOf([0, 0], true)).toBe('▁▁');
  expect(showsUtf8({ LANG: 'C.UTF-8' })).toBe(true);
  expect(showsUtf8({ LANG: 'de_DE.utf8', LC_ALL: 'C' })).toBe(false);
  expect(showsUtf8({})).toBe(false);
});

test('text wraps at blanks, and a word that is too long has its own line', () => {
  expect(wrapped('a bc a-very-long-word d', 6)).toEqual(['a bc', 'a-very-long-word', 'd']);
});
