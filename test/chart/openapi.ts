import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { run } from '../../scripts/cluster/run.ts';
import type { AnyObject } from './chart.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

/** The schemas of the API of one version of Kubernetes. */
export type Definitions = Readonly<Record<string, Schema>>;

/**
 * Reads the API's schemas from the Go module of this version of Kubernetes. The schemas of kubeconform are made from the
 * same file, and are in no module.
 */
export async function definitionsOf(version: string): Promise<Definitions> {
  // Outside of this repository's modules, each of which has one version.
  const cwd = os.tmpdir();
  const output = await run('go', ['mod', 'download', '-json', `k8s.io/kubernetes@v${version}`], { cwd });
  const file = path.join(JSON.parse(output).Dir, 'api/openapi-spec/swagger.json');
  return JSON.parse(await readFile(file, 'utf8')).definitions;
}

/** Every field of an object that is unknown, missing or of the wrong type. */
export function faultsOf(object: AnyObject, definitions: Definitions): readonly string[] {
  const id = `${object.apiVersion} ${object.kind}`;
  const schema = Object.values(definitions).find((definition) =>
    definition['x-kubernetes-group-version-kind']?.some(
      ({ group, version, kind }) => `${group ? `${group}/` : ''}${version} ${kind}` === id,
    ),
  );
  return schema === undefined ? [`${id} is unknown`] : faultsIn(object, schema, definitions, id);
}

function faultsIn(value: unknown, schema: Schema, all: Definitions, at: string): readonly string[] {
  if (schema.$ref !== undefined)
    return faultsIn(value, all[schema.$ref.replace('#/definitions/', '')] ?? {}, all, at);
  const { type, format, items = {} } = schema;
  if (type === undefined || (format === 'int-or-string' && Number.isInteger(value))) return [];
  if (!isOfType[type]?.(value)) return [`${at}: expected ${type}, got ${JSON.stringify(value)}`];
  if (Array.isArray(value))
    return value.flatMap((item, index) => faultsIn(item, items, all, `${at}[${index}]`));
  return type === 'object' ? faultsInFields(value as Record<string, unknown>, schema, all, at) : [];
}

const isOfType: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
};

function faultsInFields(
  value: Readonly<Record<string, unknown>>,
  { properties, additionalProperties, required = [] }: Schema,
  all: Definitions,
  at: string,
): readonly string[] {
  const missing = required.filter((key) => !(key in value)).map((key) => `${at}.${key} is missing`);
  const wrong = Object.entries(value).flatMap(([key, inner]) => {
    const schema = properties?.[key] ?? additionalProperties;
    if (schema !== undefined) return faultsIn(inner, schema, all, `${at}.${key}`);
    return properties === undefined ? [] : [`${at}.${key} is unknown`];
  });
  return [...missing, ...wrong];
}
