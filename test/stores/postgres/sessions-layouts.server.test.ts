import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layoutOf, shapes } from '../../../src/layouts/index.ts';
import type { Column, TableForm } from '../../../src/layouts/table-form.ts';
import { openStore } from '../../../src/stores/index.ts';
import type { ByteStore } from '../../../src/stores/session-store.ts';
import { isOwnForm } from '../../../src/stores/tables/own-form.ts';
import { familyOf, type TypeFamily } from '../../../src/stores/tables/shape-types.ts';
import type { TestPostgres } from '../../servers/postgres.ts';
import { sharedPostgres } from '../../servers/shared.ts';
import { refusal } from '../refusal.ts';
import { makeShop, type Shop } from './fixture.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await sharedPostgres();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const valueFor: Readonly<Record<TypeFamily, string>> = {
  text: `'x'`,
  bytes: `'x'`,
  json: `'"x"'`,
  instant: 'now()',
  wall: 'now()',
  number: '1',
  other: `'127.0.0.1'`,
};
const payloadOf: Partial<Record<TypeFamily, string>> = { json: '"x"', number: '1' };

/** Saves a session as its library would, with something in each column that a row must have. */
function save(shop: Shop, form: TableForm, id: string): Promise<unknown> {
  const isGiven = ({ name, notNull, makes, default: value }: Column) =>
    name === form.key.column || name === form.payload || (notNull && !makes && !value);
  const given = form.columns.filter(isGiven);
  const valueIn = ({ name, type }: Column) => {
    if (name === form.key.column) return `'${id}'`;
    return type === 'uuid' ? 'gen_random_uuid()' : valueFor[familyOf(type)];
  };
  const names = given.map(({ name }) => `"${name}"`).join(', ');
  const table = `${form.schema ?? 'public'}."${form.table}"`;
  return shop.sql(`INSERT INTO ${table} (${names}) VALUES (${given.map(valueIn).join(', ')})`);
}

async function idsOf(store: ByteStore): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const [id] of store.iterSessions()) ids.push(id);
  return ids;
}

const foreign = shapes.filter(
  ({ postgres: form, age }) => form && !isOwnForm(form, age) && form.madeBy === undefined,
);

describe.each(foreign.map((layout) => [layout.name, layout] as const))('the layout %s', (_name, layout) => {
  test('is read and deleted by its key, and saved by its own library alone', async () => {
    const form = layout.postgres as TableForm;
    const shop = await makeShop(postgres);
    await shop.setUp({ layout: layout.name });
    const [own, other] = ['3f2c1a9e-5a1b-4c8d-9e0f-0123456789ab', '3f2c1a9e-5a1b-4c8d-9e0f-0123456789ac'];
    await save(shop, form, own);
    const connection = { spec: { connection: { secretName: 'shop-db' } }, connectionPath: shop.folder };
    await using store = await openStore('postgres', { ...connection, layout, volumePath: '' });
    const payload = layout.postgres?.columns.find(({ name }) => name === form.payload);
    const expected =
      form.payload === form.key.column ? own : (payloadOf[familyOf(payload?.type ?? '')] ?? 'x');
    expect(await store.hasSession(own)).toBe(true);
    expect(String(Buffer.from((await store.loadSession(own)) ?? '')).trimEnd()).toBe(expected);
    expect(await idsOf(store)).toEqual([own]);
    expect(await store.loadSession(other)).toBeUndefined();
    await refusal(
      'InvalidInput',
      /save its sessions with its own library/,
    )(store.saveSession(own, Buffer.from('y')));
    await store.deleteSession(other);
    await store.deleteSession(own);
    expect(await store.hasSession(own)).toBe(false);
  });
});

test('sessions with one and the same key are all read, page by page', async () => {
  const shop = await makeShop(postgres);
  await shop.setUp({ layout: 'pgstore' });
  await shop.sql(`INSERT INTO http_sessions (key, data) SELECT 'same', 'x' FROM generate_series(1, 250);
    INSERT INTO http_sessions (data) VALUES ('no key')`);
  const layout = layoutOf('pgstore');
  const connection = { spec: { connection: { secretName: 'shop-db' } }, connectionPath: shop.folder };
  await using store = await openStore('postgres', { ...connection, layout, volumePath: '' });
  expect(await idsOf(store)).toHaveLength(250);
});
