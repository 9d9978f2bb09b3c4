interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[];
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

function typeOf(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.type === 'array') return `list of ${schema.items ? typeOf(schema.items) : 'anything'}`;
  if (schema.additionalProperties) return `map of ${typeOf(schema.additionalProperties)}`;
  return schema.type ?? 'anything';
}

/** One row for each field, depth first; the path shows its place. */
function rows(path: string, schema: Schema, required: boolean): readonly string[] {
  const pattern = schema.pattern ? ` Pattern: \`${schema.pattern}\`.` : '';
  const text = `${schema.description ?? ''}${pattern}`.trim();
  const own = `| \`${path}\` | ${cell(typeOf(schema))}${required ? ', required' : ''} | ${cell(text)} |`;
  return [own, ...children(path, schema)];
}

/** Kubernetes' own documentation describes its fields at length. */
const asInPod = 'spec.pod.affinity';

function children(path: string, schema: Schema): readonly string[] {
  if (path === asInPod) return [];
  const holder = schema.type === 'array' ? schema.items : schema;
  const prefix = schema.type === 'array' ? `${path}[]` : path;
  return Object.entries(holder?.properties ?? {}).flatMap(([name, child]) =>
    rows(`${prefix}.${name}`, child, holder?.required?.includes(name) ?? false),
  );
}

/** Every rule below a schema, with its path. */
function rules(path: string, schema: Schema): readonly string[] {
  if (path === `.${asInPod}`) return [];
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => `* \`${path}\`: ${message}`);
  if (schema.items) return [...own, ...rules(`${path}[]`, schema.items)];
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    rules(`${path}.${name}`, child),
  );
  return [...own, ...below];
}

const table = (path: string, schema: Schema): string =>
  ['| Field | Type | Meaning |', '| --- | --- | --- |', ...children(path, schema)].join('\n');

/** docs/api.md, from the CRD. */
export function apiReference(crd: unknown): string {
  const { spec } = crd as {
    spec: {
      group: string;
      names: { kind: string; shortNames: readonly string[] };
      versions: readonly [{ name: string; schema: { openAPIV3Schema: Schema } }];
    };
  };
  const [{ name, schema }] = spec.versions;
  const root = schema.openAPIV3Schema;
  return `# ${spec.names.kind}, ${spec.group}/${name}

${root.description ?? ''} Namespaced; short name \`${spec.names.shortNames[0]}\`.

## spec

${table('spec', root.properties?.['spec'] ?? {})}

## status

${table('status', root.properties?.['status'] ?? {})}

## Rules of the API server

In addition to types and patterns, the API server checks these rules and refuses a manifest that breaks one, with the message shown here:

${rules('', root).join('\n').replaceAll('`.', '`').replaceAll('* ``', '* the resource')}
`;
}
