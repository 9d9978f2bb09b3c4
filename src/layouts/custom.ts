import type { FileForm, FileRule } from './file-form.ts';
import type { AgeKind, Layout } from './layout.ts';
import type { RowTime, TableForm } from './table-form.ts';

/** The name of the layout that the spec itself describes. */
export const customName = 'custom';

/** A table of the application's own, as spec.customLayout describes it. */
interface CustomTable {
  readonly key: string;
  readonly time: string;
  readonly zone?: 'UTC' | 'Application' | undefined;
  readonly unit?: 's' | 'ms' | undefined;
  readonly lifetime?: { readonly column: string; readonly unit: 's' | 'ms' } | undefined;
  readonly never?: readonly number[] | undefined;
  readonly nullMeansNever?: boolean | undefined;
  readonly only?: { readonly column: string; readonly equals: string } | undefined;
  readonly cascades?: readonly string[] | undefined;
}

/** Characters of a session's id in the name of its file. */
const idCharacters = {
  Hex: /^[0-9a-f]+$/,
  Alphanumeric: /^[A-Za-z0-9]+$/,
  UrlSafe: /^[A-Za-z0-9_-]+$/,
  Any: /^.+$/s,
} as const;

export const idAlphabets = Object.keys(idCharacters) as readonly (keyof typeof idCharacters)[];

/** A folder of the application's own, as spec.customLayout describes it. */
interface CustomFiles {
  readonly prefix?: string | undefined;
  readonly suffix?: string | undefined;
  readonly characters?: keyof typeof idCharacters | undefined;
  readonly depth?: number | undefined;
  readonly json?: { readonly path: readonly string[]; readonly unit: 's' | 'ms' | 'iso' } | undefined;
  readonly header?: { readonly unit: 's'; readonly never?: readonly number[] | undefined } | undefined;
}

export interface CustomLayout {
  readonly means: AgeKind;
  readonly table?: CustomTable | undefined;
  readonly files?: CustomFiles | undefined;
}

/** The layout that the spec describes: always adopted, as only the application knows the rest of its table. */
export function customLayoutOf({ means, table, files }: CustomLayout): Layout {
  return {
    ...customBase,
    age: means,
    ...(table && { postgres: tableFormOf(table), mysql: tableFormOf(table) }),
    ...(files && { directory: fileFormOf(files) }),
  };
}

/** The facts of a custom layout that do not depend on the spec. */
const customBase = {
  name: customName,
  title: 'a layout of your own, described in `customLayout`',
  source: 'docs/layouts.md',
  library: {
    versions: '',
    proof: 'library',
    readsCheckExpiry: true,
    cleansItself: 'The application decides.',
  },
} as const satisfies Omit<Layout, 'age'>;

/** The types are those that are found: only the time has to be one. */
function tableFormOf({ key, time, zone, unit, lifetime, never, ...table }: CustomTable): TableForm {
  const at: RowTime = {
    column: time,
    ...(zone && { zone: zone === 'UTC' ? 'UTC' : 'application' }),
    ...(unit && { unit }),
    ...(never && { never }),
    ...(table.nullMeansNever && { nullMeans: 'never' }),
  };
  return {
    table: '',
    columns: [],
    key: { column: key, is: 'plain' },
    rules: [{ at, ...(lifetime && { plus: lifetime }) }],
    // The operator reads no payload, and a program that does describes its layout in code.
    payload: key,
    indexes: [],
    timeIndex: { name: `{table}_${time}_idx`, column: time },
    madeBy: 'library',
    hasOtherColumns: true,
    ...(table.only && { only: table.only }),
    ...(table.cascades && { cascades: table.cascades }),
  };
}

function fileFormOf({ prefix, suffix, characters = 'Any', depth, json, header }: CustomFiles): FileForm {
  return {
    name: { ...(prefix && { prefix }), ...(suffix && { suffix }), id: idCharacters[characters] },
    ...(depth !== undefined && { depth }),
    ...(json && { content: 'json' }),
    ...(header && { content: 'uint32' }),
    rules: [fileRuleOf({ json, header })],
  };
}

/** The time of change, unless the file has another. */
function fileRuleOf({ json, header }: Pick<CustomFiles, 'json' | 'header'>): FileRule {
  if (json) return { at: json };
  if (!header) return { at: 'mtime' };
  return { at: { path: [], unit: header.unit, ...(header.never && { never: header.never }) } };
}
