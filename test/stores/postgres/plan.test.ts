import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/api/spent-tokens.ts';
import { connectPgSimple } from '../../../src/layouts/connect-pg-simple.ts';
import { session3 } from '../../../src/layouts/session3.ts';
import type { TableForm } from '../../../src/layouts/table-form.ts';
import type { Inspection, TableFacts } from '../../../src/stores/postgres/catalogue.ts';
import { createIndex, createTable, indexNames, writeComment } from '../../../src/stores/postgres/ddl.ts';
import { planOf } from '../../../src/stores/postgres/plan.ts';
import type { SetupOptions } from '../../../src/stores/session-store.ts';
import {
  commentWithoutMark,
  isOwn,
  type Mark,
  markOf,
  markText,
  withMark,
} from '../../../src/stores/tables/mark.ts';

const owner = { installation: 'cluster-1', namespace: 'shop', name: 'web' };
const layout = connectPgSimple.postgres as TableForm;
const target = { schema: 'public', table: 'session' };
const asked = { target, layout, layoutName: 'connect-pg-simple', age: 'expiry' } as const;
const own: Mark = { ...owner, origin: 'created', spentTokens: [] };

const table = (parts: Partial<TableFacts> = {}): TableFacts => ({
  oid: 1,
  kind: 'r',
  owner: 'app',
  isOwner: true,
  comment: null,
  hasInheritors: false,
  columns: layout.columns.map(({ name, type, notNull }) => ({ name, type, notNull, filled: false })),
  indexes: [],
  relations: [],
  referencing: [],
  ...parts,
});
const place = (found?: Partial<TableFacts>, parts: Partial<Inspection> = {}): Inspection => ({
  role: 'app',
  readOnly: false,
  replicationRole: 'origin',
  timeZone: 'UTC',
  schemaExists: true,
  canUse: true,
  canCreate: true,
  database: 'shop',
  canCreateSchema: true,
  taken: [],
  ...(found && { table: table(found) }),
  ...parts,
});
const marked = (mark: Mark) => ({ comment: markText(mark) });
const misfit = { columns: [] };

type Ends = string | { reason: string };
const actionOf = (at: Inspection, options: Partial<SetupOptions>, by = asked): Ends => {
  try {
    return planOf(at, by, { owner, ifExists: 'Adopt', ...options }).action;
  } catch (error) {
    return { reason: (error as { reason: string }).reason };
  }
};
const fail = { ifExists: 'Fail' } as const;
const t1 = { ifExists: 'Overwrite', overwriteToken: 't1' } as const;

describe('a schema that does not exist', () => {
  const [gone, notHere] = [{ schemaExists: false }, { schemaExists: false, canCreateSchema: false }];
  const ofLayout = { ...asked, layout: { ...layout, schema: 'public' } };

  test.each<[string, Partial<Inspection>, typeof asked, Ends]>([
    ['is made if the layout names it', gone, ofLayout, 'create'],
    ['is not made without the right to do so', notHere, ofLayout, { reason: 'PermissionDenied' }],
    ['is not made if the spec names it', gone, asked, { reason: 'StoreMissing' }],
  ])('%s', (_what, parts, by, expected) => {
    expect(actionOf(place(undefined, parts), {}, by)).toEqual(expected);
  });
});

describe('the plan of set-up', () => {
  test.each<[string, Inspection, Partial<SetupOptions>, Ends]>([
    ['nothing there', place(), {}, 'create'],
    ['no table, a token spent', place(), { ...t1, spentTokens: [fingerprintOf('t1')] }, 'create'],
    ['no table, no schema', place(undefined, { schemaExists: false }), {}, { reason: 'StoreMissing' }],
    ['no table, no rights', place(undefined, { canCreate: false }), {}, { reason: 'PermissionDenied' }],
    ['read-only', place({}, { readOnly: true }), {}, { reason: 'ReadOnly' }],
    ['fits, unmarked', place({}), {}, 'mark'],
    ['fits, unmarked, not ours to mark', place({ isOwner: false }), {}, 'adopt'],
    ['fits, with a comment', place({ comment: 'ask Ann' }), {}, 'mark'],
    ['fits, with a comment, not ours to mark', place({ comment: 'ask Ann', isOwner: false }), {}, 'adopt'],
    ['fits, marked', place(marked(own)), {}, 'verify'],
    ['fits no more, marked', place({ ...marked(own), ...misfit }), {}, { reason: 'ShapeMismatch' }],
    ['does not fit', place(misfit), {}, { reason: 'ShapeMismatch' }],
    ['another’s', place(marked({ ...own, name: 'other' })), t1, { reason: 'Conflict' }],
    ['another installation’s', place(marked({ ...own, installation: 'x' })), t1, { reason: 'Conflict' }],
    ['Fail, unmarked', place({}), fail, { reason: 'AlreadyExists' }],
    ['Fail, unmarked and it does not fit', place(misfit), fail, { reason: 'AlreadyExists' }],
    ['Fail, marked', place(marked(own)), fail, 'verify'],
    ['Overwrite, fits', place({}), t1, 'truncate'],
    ['Overwrite, does not fit', place(misfit), t1, { reason: 'ShapeMismatch' }],
    ['Overwrite, made by set-up, does not fit', place({ ...marked(own), ...misfit }), t1, 'replace'],
    [
      'Overwrite, adopted, does not fit any more',
      place({ ...marked({ ...own, origin: 'adopted' }), ...misfit }),
      t1,
      { reason: 'ShapeMismatch' },
    ],
    ['Overwrite, adopted, fits', place(marked({ ...own, origin: 'adopted' })), t1, 'truncate'],
    [
      'Overwrite, marked with an older token',
      place(marked({ ...own, spentTokens: [fingerprintOf('t0')] })),
      t1,
      'truncate',
    ],
    [
      'Overwrite, spent by the mark',
      place(marked({ ...own, spentTokens: [fingerprintOf('t1')] })),
      t1,
      'verify',
    ],
    [
      'Overwrite, spent by status',
      place(marked(own)),
      { ...t1, spentTokens: [fingerprintOf('t1')] },
      'remark',
    ],
    [
      'Overwrite, spent by status, mark lost',
      place({}),
      { ...t1, spentTokens: [fingerprintOf('t1')] },
      'mark',
    ],
    [
      'Overwrite, spent, does not fit',
      place(misfit),
      { ...t1, spentTokens: [fingerprintOf('t1')] },
      { reason: 'ShapeMismatch' },
    ],
    ['Overwrite without a token', place({}), { ifExists: 'Overwrite' }, 'mark'],
    ['Overwrite of a view', place({ kind: 'v' }), t1, { reason: 'ShapeMismatch' }],
    ['Overwrite of another role’s', place({ isOwner: false }), t1, { reason: 'PermissionDenied' }],
  ])('%s', (_name, at, options, ends) => {
    expect(actionOf(at, options)).toEqual(ends);
  });
});

describe('the mark', () => {
  const mark: Mark = { ...own, spentTokens: [fingerprintOf('t1')] };

  test('is a sentence for people that programs read back', () => {
    expect(markText(mark)).toMatch(/^Made by SessionStore shop\/web\. /);
    expect(markOf(markText(mark))).toEqual(mark);
    expect(isOwn(mark, owner)).toBe(true);
    expect(isOwn(mark, { ...owner, namespace: 'other' })).toBe(false);
  });

  test('of an earlier version counts its one token as spent', () => {
    const { spentTokens: _, ...old } = { ...mark, overwriteToken: 't1' };
    expect(markOf(`Made by SessionStore shop/web. sessionstore.dev/mark/v1 ${JSON.stringify(old)}`)).toEqual(
      mark,
    );
  });

  test.each([null, '', 'ask Ann first', 'see sessionstore.dev'])('is not in %j', (comment) => {
    expect(markOf(comment)).toBeUndefined();
  });

  test.each(['v2 {}', 'v1 {', 'v1 {}', 'v1', ''])('cannot be read as %j', (text) => {
    expect(markOf(`sessionstore.dev/mark/${text}`)).toBe('unreadable');
  });

  test.each(['ask Ann', ' a {b} "c" \\d\n\n', 'Made by SessionStore nobody. ', "'; --", '$& $1'])(
    'stands after %j, which stays as it is when the mark changes or goes',
    (text) => {
      const tricky = { ...mark, installation: '{"}\\"' };
      const comment = withMark(text, tricky);
      expect(comment.startsWith(text)).toBe(true);
      expect(markOf(comment)).toEqual(tricky);
      expect(commentWithoutMark(comment)).toBe(text);
      expect(withMark(comment, mark)).toBe(withMark(text, mark));
      expect(withMark(`${comment} and after`, mark)).toBe(withMark(`${text} and after`, mark));
    },
  );

  test('is nobody’s where there are two', () => {
    expect(markOf(`${markText(mark)} ${markText({ ...mark, name: 'other' })}`)).toBe('unreadable');
  });

  test('is quoted as a literal', () => {
    expect(writeComment(target, markText({ ...mark, installation: "a'b" }))).toMatch(
      /^COMMENT .* IS '.*a''b.*'$/,
    );
  });
});

describe('the DDL', () => {
  test('is the library’s own', () => {
    expect(createTable(place(), target, layout)).toEqual([
      'CREATE TABLE "public"."session" ("sid" character varying NOT NULL, "sess" json NOT NULL, ' +
        '"expire" timestamp(6) without time zone NOT NULL, CONSTRAINT "session_pkey" PRIMARY KEY ("sid"))',
      'CREATE INDEX "IDX_session_expire" ON "public"."session" ("expire")',
    ]);
    const [first] = createTable(place(), target, session3.postgres as TableForm);
    expect(first).toContain(
      '"modify_time" timestamp with time zone NOT NULL DEFAULT now(), PRIMARY KEY ("id")',
    );
  });

  test('avoids names that are taken in the schema, except those of the table that it replaces', () => {
    const taken = ['IDX_session_expire', 'session_pkey'].map((name) => ({ name, indexOf: 7, valid: true }));
    const [create, index] = createTable(place(undefined, { taken }), target, layout);
    expect(create).not.toContain('CONSTRAINT');
    expect(index).toContain('CREATE INDEX "session_expire_idx" ON');
    const replaced = createTable(place({ oid: 7 }, { taken }), target, layout);
    expect(replaced.join()).toMatch(/"session_pkey".*"IDX_session_expire"/);
    const all = indexNames(target, layout).map((name) => ({ name, indexOf: 7, valid: true }));
    expect(createIndex(place(undefined, { taken: all }), target, layout)).toMatch(/^CREATE INDEX ON /);
  });

  test('cuts an index’s name to fit, where PostgreSQL would cut it to the table’s own', () => {
    const names = indexNames({ schema: 's', table: 'x'.repeat(63) }, session3.postgres as TableForm);
    expect(names.every((name) => name.length === 63 && name.includes('_modify_time_idx'))).toBe(true);
  });
});
