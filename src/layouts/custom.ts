import type { AgeKind, Layout } from './layout.ts';
import type { RowTime, TableForm } from './table-form.ts';

/** The name of the layout that the spec itself describes. */
export const customName = 'custom';

/** A table of the application's own, as spec.customLayout describes it. */
export interface CustomTable {
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

export interface CustomLayout {
  readonly means: AgeKind;
  readonly table?: CustomTable | undefined;
}

/** The layout that the spec describes: always adopted, as only the application knows the rest of its table. */
export function customLayoutOf({ means, table }: CustomLayout): Layout {
  return {
    ...customBase,
    age: means,
    ...(table && { postgres: tableFormOf(table), mysql: tableFormOf(table) }),
  };
}

/** The facts of a custom layout that do not depend on the spec. */
export const customBase = {
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
