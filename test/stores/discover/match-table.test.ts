import { describe, expect, test } from 'vitest';
import { shapes } from '../../../src/layouts/index.ts';
import type { TableForm } from '../../../src/layouts/table-form.ts';
import { candidatesOf, type FoundTable } from '../../../src/stores/discover/match-table.ts';
import { sessionLikeness } from '../../../src/stores/discover/session-like.ts';
import type { FoundColumn } from '../../../src/stores/tables/shape-columns.ts';

const columnsOf = (types: Readonly<Record<string, string>>): readonly FoundColumn[] =>
  Object.entries(types).map(([name, type]) => ({ name, type, nullable: false, filled: false }));

/** The table that the layout's own DDL makes. */
const ownTable = ({ table, schema, columns }: TableForm, name = table): FoundTable => ({
  ...(schema !== undefined && { schema }),
  table: name,
  columns: columnsOf(Object.fromEntries(columns.map((column) => [column.name, column.type]))),
});

const forms = (['postgres', 'mysql'] as const).flatMap((server) =>
  shapes.flatMap((layout) => (layout[server] ? [{ server, name: layout.name, form: layout[server] }] : [])),
);

const namesOf = (...asked: Parameters<typeof candidatesOf>): readonly string[] =>
  candidatesOf(...asked).map(({ layout }) => layout);

describe.each(forms)('the table of $name in $server', ({ server, name, form }) => {
  test('is recognised as its own under the library’s name, and under another', () => {
    expect(namesOf(ownTable(form), server)[0]).toBe(name);
    expect(namesOf(ownTable(form, 'app_sessions'), server)[0]).toBe(name);
  });
});

/** Tables that more than one layout can read, and why. */
const ambiguous = [
  // Lucia's table has only a key, a user and an end, and its applications add columns.
  ['postgres', 'adonisjs', 'lucia'],
  ['mysql', 'adonisjs', 'lucia'],
  // Two versions of one library, of which one has a column more.
  ['postgres', 'flask-session', 'flask-session-postgresql'],
  ['postgres', 'flask-session-postgresql', 'flask-session'],
];

test('another layout fits the table of a library only in these cases', () => {
  const found = forms.flatMap(({ server, name, form }) => {
    const [, ...others] = namesOf(ownTable(form), server);
    return others.length > 0 ? [[server, name, ...others]] : [];
  });
  expect(found.toSorted()).toEqual(ambiguous.toSorted());
});

test('more of a library’s columns count more than fewer, and each candidate says what differs', () => {
  const columns = columnsOf({
    id: 'text',
    user_id: 'text',
    data: 'text',
    expires_at: 'timestamp with time zone',
  });
  expect(candidatesOf({ table: 'sessions', columns }, 'postgres')).toEqual([
    { layout: 'adonisjs', reasons: ['has the library’s name', 'has all 4 columns of the library'] },
    {
      layout: 'lucia',
      reasons: ['is not named user_session', 'has all 3 columns of the library', 'has also data'],
    },
  ]);
});

test('columns that a library lets its users rename are found in another spelling', () => {
  const columns = columnsOf({
    id: 'text',
    expires_at: 'timestamp with time zone',
    token: 'text',
    created_at: 'timestamp with time zone',
    updated_at: 'timestamp with time zone',
    ip_address: 'text',
    user_agent: 'text',
    user_id: 'text',
  });
  const [first] = candidatesOf({ table: 'session', columns }, 'postgres');
  expect(first).toMatchObject({
    layout: 'better-auth',
    columns: { expiresAt: 'expires_at', userId: 'user_id', ipAddress: 'ip_address' },
  });
});

test('an application’s own columns beside those of Django do not hide Django', () => {
  const django = shapes.find(({ name }) => name === 'django')?.postgres;
  if (!django) throw new Error('Expected a form of Django');
  const { columns } = ownTable(django);
  const table = {
    table: 'shop_customsession',
    columns: [...columns, ...columnsOf({ account_id: 'integer' })],
  };
  expect(namesOf(table, 'postgres')).toEqual(['django']);
});

test('a table of other things with a key and an expiry is no candidate', () => {
  const columns = columnsOf({ id: 'text', user_id: 'text', expires_at: 'timestamp with time zone' });
  expect(namesOf({ table: 'invitations', columns }, 'postgres')).toEqual([]);
  expect(namesOf({ table: 'user_session', columns }, 'postgres')).toEqual(['lucia']);
});

test('a table that looks like sessions by its name or its columns says where its time may be', () => {
  const columns = columnsOf({ id: 'bigint', blob: 'bytea', good_until: 'timestamp with time zone' });
  expect(sessionLikeness({ table: 'web_sessions', columns })).toBe(
    'looks like sessions by its name; its time may be in good_until',
  );
  expect(sessionLikeness({ table: 'logins', columns: columnsOf({ sid: 'text', last_seen: 'bigint' }) })).toBe(
    'looks like sessions by column sid; its time may be in last_seen',
  );
  expect(sessionLikeness({ table: 'logins', columns: columnsOf({ sid: 'text' }) })).toBeUndefined();
  expect(sessionLikeness({ table: 'orders', columns })).toBeUndefined();
  expect(sessionLikeness({ table: 'sessions', columns: columnsOf({ id: 'text' }) })).toMatch(
    /no column looks like a time/,
  );
});
