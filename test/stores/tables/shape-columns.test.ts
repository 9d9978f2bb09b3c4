import { describe, expect, test } from 'vitest';
import { authjs } from '../../../src/layouts/authjs.ts';
import { connectPgSimple } from '../../../src/layouts/connect-pg-simple.ts';
import { session3 } from '../../../src/layouts/session3.ts';
import type { RowTime, TableForm } from '../../../src/layouts/table-form.ts';
import { lookalikes, misfit } from '../../../src/stores/tables/lookalike.ts';
import {
  agedColumns,
  cascadeProblems,
  columnProblems,
  type FoundColumn,
} from '../../../src/stores/tables/shape-columns.ts';
import { familyOf, timeKindOf } from '../../../src/stores/tables/shape-types.ts';

const found = (types: Readonly<Record<string, string>>): readonly FoundColumn[] =>
  Object.entries(types).map(([name, type]) => ({ name, type, nullable: false, filled: false }));
const form = connectPgSimple.postgres as TableForm;
const pgSimple = { sid: 'character varying', sess: 'json', expire: 'timestamp(6) without time zone' };

test.each([
  ['timestamp(6) with time zone', 'instant'],
  ['timestamp(3)', 'instant'],
  ['timestamp without time zone', 'wall'],
  ['datetime(6)', 'wall'],
  ['int(10) unsigned', 'number'],
  ['numeric(20,3)', 'number'],
  ['double precision', 'number'],
  ['character varying(255)', 'text'],
  ['char(36)', 'text'],
  ['varbinary(128)', 'bytes'],
  ['jsonb', 'json'],
  ['inet', 'other'],
  ['date', 'other'],
] as const)('the family of %s is %s', (type, family) => {
  expect(familyOf(type)).toBe(family);
});

test('a rule without a zone reads no wall clock, and a rule without a unit reads no number', () => {
  expect(timeKindOf({}, 'timestamp with time zone')).toBe('instant');
  expect(timeKindOf({}, 'timestamp without time zone')).toBeUndefined();
  expect(timeKindOf({ zone: 'UTC' }, 'datetime')).toBe('wall');
  expect(timeKindOf({ zone: 'UTC' }, 'bigint')).toBeUndefined();
  expect(timeKindOf({ unit: 'ms' }, 'bigint')).toBe('number');
  expect(timeKindOf({ unit: 's' }, 'date')).toBeUndefined();
});

describe('the columns that a layout demands', () => {
  test.each<[string, Partial<typeof pgSimple>]>([
    ['the library’s own', {}],
    ['a key of another length', { sid: 'character varying(40)' }],
    ['a key in another type of text', { sid: 'uuid' }],
    ['a payload in another type of JSON', { sess: 'jsonb' }],
    ['a time in another type that the rule reads', { expire: 'timestamp(3) with time zone' }],
  ])('are %s', (_what, types) => {
    expect(columnProblems(found({ ...pgSimple, ...types }), form)).toEqual([]);
  });

  test('are named where they are missing, of another family, or NULL', () => {
    const [sid, sess, expire] = found({ ...pgSimple, sid: 'bigint', expire: 'bigint' });
    if (!sid || !sess || !expire) throw new Error('Expected three columns');
    expect(columnProblems([sid, expire], form)).toEqual([
      expect.stringMatching(/^column expire is bigint \(expected timestamp\(6\) without time zone or /),
      'column sid is bigint (expected character varying or text)',
      'column sess is missing (expected json or jsonb)',
    ]);
    expect(
      columnProblems([...found({ sid: 'text', expire: pgSimple.expire }), { ...sess, nullable: true }], form),
    ).toEqual(['column sess may be NULL (expected NOT NULL)']);
  });

  test('are all that counts: others may be missing, and others of the table’s own may be there if filled', () => {
    const more = { name: 'tenant', type: 'integer', nullable: false, filled: true };
    expect(columnProblems([...found(pgSimple), more], form)).toEqual([]);
    const missing: TableForm = {
      ...form,
      columns: [...form.columns, { name: 'ip', type: 'inet', notNull: true }],
    };
    expect(columnProblems(found(pgSimple), missing)).toEqual([]);
  });

  test('leave no room for a column that every INSERT must name, unless the application declares the table', () => {
    const columns = [...found(pgSimple), ...found({ tenant: 'integer' })];
    expect(columnProblems(columns, form)).toEqual([
      expect.stringMatching(/^column tenant is NOT NULL without/),
    ]);
    expect(columnProblems(columns, { ...form, hasOtherColumns: true })).toEqual([]);
  });

  test('include those that a rule adds or asks', () => {
    const summed: TableForm = {
      ...form,
      rules: [
        {
          at: { column: 'seen', unit: 's' },
          plus: { column: 'life', unit: 's' },
          when: { column: 'life', atMost: 9 },
        },
      ],
      only: { column: 'kind', equals: 'session' },
    };
    expect(agedColumns(summed)).toEqual(['seen', 'life', 'kind']);
    const columns = found({ sid: 'text', sess: 'json', seen: 'bigint', life: 'text' });
    expect(columnProblems(columns, summed)).toEqual([
      expect.stringMatching(/^column life is text/),
      expect.stringMatching(/^column kind is missing/),
    ]);
  });
});

test('a time that a set-up of the library makes text is refused with what to do', () => {
  const table = found({ sessionToken: 'character varying', userId: 'uuid', expires: 'character varying' });
  expect(columnProblems(table, authjs.postgres as TableForm)).toEqual([
    expect.stringMatching(
      /^column expires is character varying \(expected .*\): the adapter of TypeORM .* entities of your own .*timestamptz/,
    ),
  ]);
});

describe('a layout of one’s own', () => {
  const own = (at: Partial<RowTime>, cascades: readonly string[] = []): TableForm => ({
    ...form,
    columns: [],
    key: { column: 'token', is: 'plain' },
    payload: 'token',
    cascades,
    rules: [{ at: { column: 'ends', ...at } }],
  });
  const problems = (type: string, at: Partial<RowTime>) =>
    columnProblems([...found({ token: 'text' }), ...found({ ends: type })], own(at));

  test.each<[string, Partial<RowTime>, string]>([
    ['timestamp with time zone', { unit: 's' }, 'unit, which is for a number'],
    ['timestamp', { zone: 'UTC' }, 'zone, which is for a time without a zone'],
    ['bigint', { unit: 'ms', zone: 'UTC' }, 'zone, which is for a time without a zone'],
  ])('has no word for %s that is idle', (type, at, word) => {
    expect(problems(type, at)).toEqual([`column ends is ${type}: leave out customLayout.table.${word}`]);
  });

  test.each<[string, Partial<RowTime>]>([
    ['timestamp with time zone', {}],
    ['datetime', { zone: 'application' }],
    ['bigint', { unit: 'ms' }],
  ])('reads %s with the word that it needs', (type, at) => {
    expect(problems(type, at)).toEqual([]);
  });

  test('names only tables that a cascade reaches', () => {
    const layout = own({}, ['details', 'detials']);
    expect(cascadeProblems(layout, ['details', 'others'])).toEqual([
      expect.stringMatching(/^customLayout.table.cascades names detials, which has no foreign key/),
    ]);
  });
});

describe('a table of another layout', () => {
  test('is recognised by its columns', () => {
    expect(lookalikes(found(pgSimple), 'postgres', 'session3')).toEqual(['connect-pg-simple']);
    const own = { id: 'text', pickle: 'bytea', modify_time: 'timestamp with time zone' };
    expect(lookalikes(found(own), 'postgres', 'connect-pg-simple')).toEqual([session3.name]);
  });

  test('is never the layout itself, nor one that lacks a demanded column', () => {
    expect(lookalikes(found(pgSimple), 'postgres', 'connect-pg-simple')).toEqual([]);
  });

  const refused = (types: Readonly<Record<string, string>>) =>
    misfit('public.web', 'laravel', ['column id is text'], lookalikes(found(types), 'postgres', 'laravel'));

  test('is named before anything else, with the setting that names it', () => {
    expect(refused(pgSimple)).toBe(
      'Table public.web looks like the table of the layout connect-pg-simple: set layout: connect-pg-simple, or name ' +
        'another table. It does not fit the layout laravel: column id is text',
    );
    const variant = { Id: 'text', Value: 'bytea', ExpiresAtTime: 'timestamp with time zone' };
    expect(refused(variant)).toMatch(
      /set layout: aspnet-cache with layoutOptions.variant: community, or name/,
    );
  });

  test('is not named for a table that is like no other', () => {
    expect(refused({ id: 'text' })).toBe(
      'Table public.web does not fit the layout laravel: column id is text',
    );
  });
});
