import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { usage } from '../../src/operator/flags.ts';
import { chart, parsed } from './chart.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
}

const read = (name: string): string => readFileSync(path.join(chart, name), 'utf8');
const values = parsed(read('values.yaml'));
const schema: Schema = JSON.parse(read('values.schema.json'));

const camelCase = (flag: string): string => flag.replaceAll(/-(.)/g, (_all, letter) => letter.toUpperCase());

/** Flags that may be given several times are values in the plural. */
const plurals: Readonly<Record<string, string>> = {
  watchNamespace: 'watchNamespaces',
  childLabel: 'childLabels',
  childAnnotation: 'childAnnotations',
};

test('each flag of the operator is a value of the chart, and no value is for a flag that does not exist', () => {
  const flags = [...usage().matchAll(/^ {2}--([\w-]+)/gm)].map(([, flag = '']) => camelCase(flag));
  expect(flags).toContain('concurrency');
  expect(Object.keys(values['flags'] as object)).toEqual(flags.map((flag) => plurals[flag] ?? flag));
});

/** Keys of an object, and of the objects in it, as far as the schema names keys. */
function keysOf(value: unknown, { properties }: Schema, at = ''): readonly string[] {
  if (properties === undefined || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    at + key,
    ...keysOf(inner, properties[key] ?? {}, `${at}${key}.`),
  ]);
}

const propertiesOf = ({ properties = {} }: Schema, at = ''): readonly string[] =>
  Object.entries(properties).flatMap(([key, inner]) => [at + key, ...propertiesOf(inner, `${at}${key}.`)]);

test('values and their schema have the same keys', () => {
  const inSchema = propertiesOf(schema).filter((key) => key !== 'global');
  expect([...keysOf(values, schema)].sort()).toEqual([...inSchema].sort());
});

test('the schema refuses unknown keys wherever it names keys', () => {
  const openOnes = (node: Schema, at: string): readonly string[] => [
    ...(node.properties && node.additionalProperties !== false ? [at] : []),
    ...Object.entries(node.properties ?? {}).flatMap(([key, inner]) => openOnes(inner, `${at}.${key}`)),
  ];
  expect(openOnes(schema, 'values')).toEqual([]);
});
