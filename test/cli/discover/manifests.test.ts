import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  manifestsIn,
  manifestText,
  whyNoManifestIn,
  writtenOf,
} from '../../../src/cli/discover/manifests.ts';
import { reportLines } from '../../../src/cli/discover/report.ts';
import { sizeText } from '../../../src/cli/size-text.ts';
import type { Finding } from '../../../src/stores/discover/finding.ts';
import { isWantedBy } from '../../../src/stores/discover/search.ts';

const django: Finding = {
  backend: 'postgres',
  schema: 'public',
  table: 'django_session',
  bytes: 33_000_000,
  index: 'yes',
  candidates: [{ layout: 'django', reasons: [] }],
  counts: {
    sessions: 100_000,
    stale: 25_000,
    unreadable: 0,
    isEstimate: false,
    oldestStale: '2026-01-02T03:04:05.000Z',
  },
  assumed: {},
  notes: [],
};
const of = (parts: Partial<Finding>): Finding => ({ ...django, ...parts });
const specOf = (finding: Finding, options = {}) =>
  manifestsIn(writtenOf([finding], { referTo: 'shop-db', ...options }))[0]?.store.spec;

describe('a manifest', () => {
  test('names what differs from the layout’s defaults, and only counts', () => {
    expect(specOf(django)).toEqual({
      backend: { postgres: { connection: { secretName: 'shop-db' } } },
      layout: 'django',
      cleanup: { dryRun: true },
    });
    const other = of({
      schema: 'tenant_a',
      table: 'custom',
      candidates: [{ layout: 'django', reasons: [] }],
    });
    expect(specOf(other)?.backend).toEqual({
      postgres: { connection: { secretName: 'shop-db' }, schema: 'tenant_a', table: 'custom' },
    });
  });

  test('names a variant beside its layout', () => {
    const store = of({ table: 'session_store', candidates: [{ layout: 'litestar/store', reasons: [] }] });
    expect(specOf(store)).toEqual({
      backend: { postgres: { connection: { secretName: 'shop-db' } } },
      layout: 'litestar',
      layoutOptions: { variant: 'store' },
      cleanup: { dryRun: true },
    });
  });

  test('has the settings that the counts took for granted', () => {
    const laravel = of({
      table: 'sessions',
      candidates: [{ layout: 'laravel', reasons: [] }],
      assumed: { unmodifiedFor: '30d' },
    });
    expect(specOf(laravel)?.cleanup).toEqual({ unmodifiedFor: '30d', dryRun: true });
    const files: Finding = {
      backend: 'directory',
      path: 'web',
      candidates: [{ layout: 'php-files', reasons: [] }],
      notes: [],
      assumed: { unmodifiedFor: '14d', depth: 2 },
    };
    expect(specOf(files, { subPath: 'data' })).toEqual({
      backend: { directory: { claimName: 'shop-db', path: 'data/web' } },
      layout: 'php-files',
      layoutOptions: { depth: 2 },
      cleanup: { unmodifiedFor: '14d', dryRun: true },
    });
  });

  test('lets ended sessions be deleted where the library may keep them, and renames columns', () => {
    const columns = { expiresAt: 'expires_at' };
    const auth = of({ table: 'session', candidates: [{ layout: 'better-auth', reasons: [], columns }] });
    expect(specOf(auth)?.layoutOptions).toEqual({ columns, deletePreserved: true });
  });

  test('has a name that Kubernetes takes, and that no other has', () => {
    const written = writtenOf(
      [
        of({}),
        of({ schema: 'tenant_a', table: 'Session' }),
        of({ schema: 'tenant_b', table: 'Session' }),
        of({ table: `__${'x'.repeat(60)}` }),
      ],
      { referTo: 'db' },
    );
    const names = manifestsIn(written).map(({ store }) => store.metadata.name);
    expect(names).toEqual(['django-session', 'tenant-a-session', 'tenant-b-session', 'x'.repeat(44)]);
  });

  test('says in its comments what was found, and what to do next', () => {
    const options = { referTo: 'db', namespace: 'shop' };
    const [manifest] = manifestsIn(writtenOf([of({ notes: ['assumes something'] })], options));
    if (!manifest) throw new Error('Expected a manifest');
    const text = manifestText(manifest);
    expect(text).toContain(
      '# Found public.django_session: 100,000 sessions, 25,000 of them stale since 2026-01-02, 31 MiB\n',
    );
    expect(text).toContain('# assumes something\n');
    expect(parse(text)).toEqual(manifest.store);
  });

  test('is left out for a table without a layout, and for a name that no manifest can have', () => {
    expect(specOf(of({ candidates: [] }))).toBeUndefined();
    expect(specOf(of({ table: 'größe_sessions' }))).toBeUndefined();
  });

  test('is not left out without a word', () => {
    const why = (finding: Finding, options = {}) =>
      whyNoManifestIn(writtenOf([finding], { referTo: 'db', ...options }));
    expect(why(django)).toEqual([]);
    expect(why(of({ claimedBy: 'shop/web' }))).toEqual([]);
    expect(why(of({ table: 'größe_sessions' }))).toEqual([
      'No manifest is made for public.größe_sessions: spec.backend.postgres.table of a SessionStore cannot have this value',
    ]);
  });

  test('never names a folder other than the one that holds the sessions', () => {
    const files = (path: string): Finding => ({
      ...{ backend: 'directory', path, candidates: [{ layout: 'php-files', reasons: [] }], notes: [] },
      assumed: { unmodifiedFor: '14d' },
    });
    const why = (path: string, options = {}) =>
      whyNoManifestIn(writtenOf([files(path)], { referTo: 'data', ...options })).join();
    expect(specOf(files(''))).toBeUndefined();
    expect(why('')).toBe(
      'No manifest is made for .: the root of a claim cannot be the folder of a store; move the sessions one level down',
    );
    expect(specOf(files(''), { subPath: 'web' })?.backend).toMatchObject({ directory: { path: 'web' } });
    expect(specOf(files(''), { folder: 'web' })?.backend).toMatchObject({ directory: { path: 'web' } });
    expect(why('café')).toContain('for café: spec.backend.directory.path of a SessionStore cannot have');
  });
});

test('the report has a line for each finding, and below it what should be known', () => {
  const estimate = of({
    table: 'big',
    index: 'no',
    notes: ['assumes that its times are in the zone UTC; --time-zone names another'],
    counts: { sessions: 12_000_000, stale: 3_000_000, unreadable: 7, isEstimate: true },
  });
  const unknown = of({ table: 'web_sessions', candidates: [], notes: ['looks like sessions'] });
  const { counts: _counts, bytes: _bytes, index: _index, ...bare } = unknown;
  expect(reportLines([django, estimate, bare], 60)).toEqual([
    'PLACE                  LAYOUT  SESSIONS     STALE',
    'public.django_session  django  100,000      25,000',
    'public.big             django  ~12,000,000  ~3,000,000',
    'public.web_sessions    ?       ?            ?',
    '',
    'public.big: assumes that its times are in the zone UTC;',
    '    --time-zone names another',
    'public.big: has no index in order of time: each run reads',
    '    all of it (setup.createIndex: true adds one)',
    'public.big: 7 sessions have no time that can be read, and',
    '    would be kept',
    'public.web_sessions: looks like sessions',
  ]);
  expect(reportLines([django])).toEqual([
    'PLACE                  LAYOUT  SESSIONS  STALE   SINCE       SIZE    INDEX',
    'public.django_session  django  100,000   25,000  2026-01-02  31 MiB  yes',
  ]);
});

test('sizes are in binary units', () => {
  expect([0, 900, 2048, 33_000_000, 5e12].map(sizeText)).toEqual([
    '0 B',
    '900 B',
    '2.0 KiB',
    '31 MiB',
    '4.5 TiB',
  ]);
});

test('a pattern of schemas is compared whole, and only * is special', () => {
  const isWanted = isWantedBy('tenant_*');
  expect(['tenant_a', 'tenant_', 'my_tenant_a', 'tenantxa'].map(isWanted)).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(isWantedBy('a.c')('abc')).toBe(false);
});

test('a place that belongs to a SessionStore is said to, and gets no manifest', () => {
  const owned = of({ claimedBy: 'shop/web' });
  expect(specOf(owned)).toBeUndefined();
  expect(reportLines([owned])).toContain('public.django_session: belongs to SessionStore shop/web already');
});

test('a note about many places is there once', () => {
  const notes = ['assumes something'];
  const many = ['a', 'b', 'c', 'd', 'e'].map((schema) => of({ schema, notes }));
  expect(reportLines(many).slice(7)).toEqual([
    'a.django_session, b.django_session, c.django_session and 2 more: assumes something',
  ]);
});
