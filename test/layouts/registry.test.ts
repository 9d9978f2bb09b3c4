import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { defaultLayout, layouts } from '../../src/layouts/index.ts';
import { readManifests } from '../api-client.ts';
import { allProofs } from './proofs/index.ts';

/** session3 is Python's own store, which test/stores/conformance and test/stores/python drive. */
const provenElsewhere = ['session3'];

test('every layout is proven with its library, or says that it follows the source', async () => {
  const proven = new Set([
    ...provenElsewhere,
    ...(await allProofs()).filter(({ standIn }) => !standIn).map(({ layout }) => layout),
  ]);
  const claimed = layouts.filter(({ library }) => library.proof === 'library').map(({ name }) => name);
  expect([...proven].toSorted()).toEqual(claimed.toSorted());
});

test('no two layouts have one name', () => {
  expect(new Set(layouts.map(({ name }) => name)).size).toBe(layouts.length);
});

test.each(layouts.map(({ name }) => name))('the layout %s has an example manifest', async (name) => {
  const examples = await readdir('deploy/examples', { recursive: true });
  const texts = await Promise.all(
    examples
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => readFile(`deploy/examples/${file}`, 'utf8')),
  );
  const isDefault = name === defaultLayout;
  expect(isDefault || texts.some((text) => text.includes(`layout: ${name}\n`))).toBe(true);
});

test('the examples can be applied to one namespace', async () => {
  const files = (await readdir('deploy/examples', { recursive: true })).filter((file) =>
    file.endsWith('.yaml'),
  );
  const objects = (await Promise.all(files.map((file) => readManifests(`deploy/examples/${file}`)))).flat();
  const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
