import { describe, expect, test } from 'vitest';
import { effectiveCleanup, effectiveValues, layoutIn, whyOnlyCounted } from '../../src/api/effective.ts';
import { connectPgSimple } from '../../src/layouts/connect-pg-simple.ts';
import { customLayoutOf } from '../../src/layouts/custom.ts';
import { resolvedLayout } from '../../src/layouts/resolve.ts';
import type { TableForm } from '../../src/layouts/table-form.ts';
import { specHash } from '../../src/state/hash.ts';

const form = connectPgSimple.postgres as TableForm;

test('a renamed column has its new name wherever the layout names it', () => {
  const { postgres } = resolvedLayout(connectPgSimple, { columns: { sid: 'id', expire: 'expires_at' } });
  expect(postgres).toMatchObject({
    key: { column: 'id' },
    primaryKey: { columns: ['id'] },
    rules: [{ at: { column: 'expires_at' } }],
    indexes: [{ columns: ['expires_at'] }],
    timeIndex: { column: 'expires_at' },
    payload: 'sess',
  });
  expect(postgres?.columns.map(({ name }) => name)).toEqual(['id', 'sess', 'expires_at']);
});

test('an optional rule counts only if it is asked for', () => {
  const limit = { at: { column: 'created_at', zone: 'UTC' }, optional: 'creationLimit' } as const;
  const layout = { ...connectPgSimple, postgres: { ...form, rules: [...form.rules, limit] as const } };
  const rules = (creationLimit: boolean) => resolvedLayout(layout, { creationLimit }).postgres?.rules.length;
  expect([rules(false), rules(true)]).toEqual([1, 2]);
});

test('a zone that may differ is the application’s once it is named', () => {
  const at = { column: 'expire', zone: 'UTC', zoneMayDiffer: true } as const;
  const layout = { ...connectPgSimple, postgres: { ...form, rules: [{ at }] as const } };
  const zone = (timeZone?: string) => resolvedLayout(layout, { timeZone }).postgres?.rules[0].at.zone;
  expect([zone(), zone('Asia/Tokyo')]).toEqual(['UTC', 'application']);
});

describe('a variant', () => {
  const litestar = (variant?: 'store' | 'community') => ({
    backend: { mysql: { connection: { secretName: 'db' } } },
    layout: 'litestar' as const,
    ...(variant && { layoutOptions: { variant } }),
  });

  test('is the layout with tables of its own', () => {
    expect(layoutIn(litestar()).mysql?.table).toBe('user_sessions');
    expect(layoutIn(litestar('store'))).toMatchObject({
      name: 'litestar/store',
      age: 'expiry',
      mysql: { table: 'session_store', key: { column: 'id' } },
    });
    expect(effectiveValues(litestar('store'))).toMatchObject({
      layout: { value: 'litestar', source: 'Spec' },
      'layoutOptions.variant': { value: 'store', source: 'Spec' },
      'backend.mysql.table': { value: 'session_store', source: 'Layout' },
    });
  });

  test('has a hash of its own, so that set-up makes its table', () => {
    expect(specHash(litestar('store'))).not.toBe(specHash(litestar()));
  });

  test('of another layout is refused with its name', () => {
    expect(() => layoutIn(litestar('community'))).toThrow(/got litestar\/community/);
  });
});

describe('a layout of one’s own', () => {
  const table = { key: 'token', time: 'ends_at', unit: 'ms' } as const;

  test('is a table that is adopted, with its time as it is described', () => {
    const { age, postgres, mysql } = customLayoutOf({ means: 'expiry', table: { ...table, never: [0] } });
    expect(age).toBe('expiry');
    expect(postgres).toEqual(mysql);
    expect(postgres).toMatchObject({
      madeBy: 'library',
      key: { column: 'token', is: 'plain' },
      rules: [{ at: { column: 'ends_at', unit: 'ms', never: [0] } }],
    });
  });

  const spec = (confirmed?: boolean) => ({
    backend: { postgres: { connection: { secretName: 'db' }, table: 'web' } },
    layout: 'custom' as const,
    customLayout: { means: 'expiry' as const, table, ...(confirmed !== undefined && { confirmed }) },
    cleanup: {},
  });

  test('is only counted until its counts are confirmed', () => {
    expect(effectiveCleanup(spec())?.dryRun).toBe(true);
    expect(effectiveCleanup(spec(true))?.dryRun).toBe(false);
    expect(layoutIn(spec()).name).toBe('custom');
  });

  test('is only counted by its first run, confirmed or not', () => {
    expect(whyOnlyCounted(spec(true))).toContain('the first run by this customLayout');
    expect(whyOnlyCounted(spec(true), true)).toBeUndefined();
    expect(whyOnlyCounted(spec(), true)).toContain('confirmed is not true');
    expect(whyOnlyCounted({ ...spec(), layout: 'django', customLayout: undefined })).toBeUndefined();
  });
});
