import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
import { defaultLayout, shapes } from '../../src/layouts/index.ts';
import { shapeName } from '../../src/layouts/layout.ts';
import { readManifests } from '../api-client.ts';
import { allProofs } from './proofs/index.ts';

/** session3 is Python's own store, which test/stores/conformance and test/stores/python drive. */
const provenElsewhere = ['session3'];

test('every layout and variant is proven with its library, or says that it follows the source', async () => {
  const proven = new Set([
    ...provenElsewhere,
    ...(await allProofs())
      .filter(({ standIn }) => !standIn)
      .map(({ layout, layoutOptions }) => shapeName(layout, layoutOptions?.variant)),
  ]);
  const claimed = shapes.filter(({ library }) => library.proof === 'library').map(({ name }) => name);
  expect([...proven].toSorted()).toEqual(claimed.toSorted());
});

test('no two layouts have one name, nor two variants of a layout', () => {
  expect(new Set(shapes.map(({ name }) => name)).size).toBe(shapes.length);
});

/** The objects of every example. */
async function exampleObjects() {
  const files = (await readdir('deploy/examples', { recursive: true })).filter((file) =>
    file.endsWith('.yaml'),
  );
  return (await Promise.all(files.map((file) => readManifests(`deploy/examples/${file}`)))).flat();
}

test('every layout and variant has an example manifest', async () => {
  const stores = (await exampleObjects()).filter(({ kind }) => kind === 'SessionStore');
  const shown = (stores as SessionStoreResource[]).map(
    ({ spec: { layout = defaultLayout, layoutOptions } }) => shapeName(layout, layoutOptions?.variant),
  );
  expect(shapes.map(({ name }) => name).filter((name) => !shown.includes(name))).toEqual([]);
});

test('the examples can be applied to one namespace', async () => {
  const names = (await exampleObjects()).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
