import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '../src');

/**
 * Each folder imports only from itself and from folders before it, and no folder from outside of src. docs/adr/0020
 * says why.
 */
const order = [
  ...['layouts', 'api', 'stores', 'runner', 'state'],
  ...['kube', 'desired', 'status', 'operator', 'commands', 'cli', 'main.ts'],
];

const folderOf = (file: string): string => relative(source, file).split(sep)[0] ?? '';
const files = globSync(join(source, '**/*.ts'));

/** The files of this project that a file imports, types included. */
const importsOf = (file: string, text: string): readonly string[] =>
  [...text.matchAll(/(?:from |import |import\()'(\.[^']+)'/g)].map(([, path = '']) =>
    join(dirname(file), path),
  );

const wrongImports = (file: string, text: string): readonly string[] =>
  importsOf(file, text)
    .filter((imported) => {
      const place = order.indexOf(folderOf(imported));
      return place === -1 || place > order.indexOf(folderOf(file));
    })
    .map((imported) => `${relative(source, file)} imports ${relative(source, imported)}`);

test('the order names every folder of src, and no other', () => {
  expect([...new Set(files.map(folderOf))].sort()).toEqual([...order].sort());
});

test('no file imports from a folder that comes after its own', () => {
  expect(files.flatMap((file) => wrongImports(file, readFileSync(file, 'utf8')))).toEqual([]);
});

test('an import against the order is found in each form', () => {
  const file = join(source, 'api/spec.ts');
  const found = 'api/spec.ts imports stores/pace.ts';
  expect(wrongImports(file, "import type {\n  Pace,\n} from '../stores/pace.ts';")).toEqual([found]);
  expect(wrongImports(file, "await import('../stores/pace.ts');")).toEqual([found]);
  expect(wrongImports(file, "import './duration.ts';\nimport '../layouts/index.ts';")).toEqual([]);
  expect(wrongImports(file, "import { run } from '../../scripts/cluster/run.ts';")).toHaveLength(1);
});
