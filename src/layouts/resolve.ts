import { type FileOptions, resolvedFileForm } from './file-form.ts';
import type { Layout } from './layout.ts';
import { type AgeRule, type Column, namedAfter, type TableForm } from './table-form.ts';

/** The settings of a layout that depend on the application: spec.layoutOptions, with times in seconds. */
export interface LayoutOptions extends FileOptions {
  /** New names of columns, by the layout's own. */
  readonly columns?: Readonly<Record<string, string>> | undefined;
  readonly creationLimit?: boolean | undefined;
}

/** The layout with the application's settings in it: stores read no other form of it. */
export function resolvedLayout(layout: Layout, options: LayoutOptions): Layout {
  const { postgres, mysql, directory } = layout;
  return {
    ...layout,
    ...(postgres && { postgres: resolvedTable(postgres, options) }),
    ...(mysql && { mysql: resolvedTable(mysql, options) }),
    ...(directory && { directory: resolvedFileForm(directory, options) }),
  };
}

function resolvedTable(form: TableForm, options: LayoutOptions): TableForm {
  const rename = (name: string): string => options.columns?.[name] ?? name;
  const renamed = <T extends Column>(column: T): T => ({ ...column, name: rename(column.name) });
  const [first, ...others] = form.rules.map((rule) => resolvedRule(rule, options, rename));
  if (!first) throw new Error(`Expected a rule of age for ${form.table}, found none`);
  const columnsOf = <T extends { readonly columns: readonly string[] }>(named: T): T => ({
    ...named,
    columns: named.columns.map(rename),
  });
  return {
    ...form,
    columns: form.columns.map(renamed),
    key: { ...form.key, column: rename(form.key.column) },
    ...(form.primaryKey && { primaryKey: columnsOf(form.primaryKey) }),
    rules: [first, ...others.filter(({ optional }) => optional === undefined || options[optional])],
    payload: rename(form.payload),
    indexes: form.indexes.map(columnsOf),
    timeIndex: { ...form.timeIndex, column: rename(form.timeIndex.column) },
    ...(form.children && {
      children: form.children.map((child) => ({
        ...child,
        foreignKey: { ...child.foreignKey, references: rename(child.foreignKey.references) },
      })),
    }),
  };
}

function resolvedRule(rule: AgeRule, { timeZone }: LayoutOptions, rename: (name: string) => string): AgeRule {
  const { at, plus, when } = rule;
  return {
    ...rule,
    at: {
      ...at,
      column: rename(at.column),
      ...(at.zoneMayDiffer && timeZone !== undefined && { zone: 'application' as const }),
    },
    ...(plus && { plus: { ...plus, column: rename(plus.column) } }),
    ...(when && { when: { ...when, column: rename(when.column) } }),
  };
}

/** Tables beside the store's own from which a DELETE may take rows along. */
export const cascadesOf = ({ children = [], cascades = [] }: TableForm, table: string): readonly string[] => [
  ...children.map((child) => namedAfter(child.table, table)),
  ...cascades,
];
