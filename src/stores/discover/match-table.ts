import { shapes } from '../../layouts/index.ts';
import type { Layout, Server } from '../../layouts/layout.ts';
import { resolvedLayout } from '../../layouts/resolve.ts';
import type { Column, TableForm } from '../../layouts/table-form.ts';
import { type FoundColumn, fitsByType } from '../tables/shape-columns.ts';
import { acceptsType } from '../tables/shape-types.ts';
import { plain } from './plain-name.ts';

/** A table as the catalogue shows it. */
export interface FoundTable {
  /** PostgreSQL's schema. */
  readonly schema?: string;
  readonly table: string;
  readonly columns: readonly FoundColumn[];
}

/** A layout that a table may be of. */
export interface Candidate {
  /** Its name, with that of its variant: `litestar/store`. */
  readonly layout: string;
  /** Phrases about the table: the facts for this layout, and the differences. */
  readonly reasons: readonly string[];
  /** New names of columns, by the library's own: layoutOptions.columns. */
  readonly columns?: Readonly<Record<string, string>>;
}

interface Match {
  readonly candidate: Candidate;
  readonly score: number;
}

/** The layouts whose columns the table has, best first. */
export function candidatesOf(
  table: FoundTable,
  server: Server,
  among: readonly Layout[] = shapes,
): readonly Candidate[] {
  return among
    .flatMap((layout) => matchOf(table, layout, server) ?? [])
    .sort((a, b) => b.score - a.score)
    .map(({ candidate }) => candidate);
}

function matchOf(table: FoundTable, layout: Layout, server: Server): Match | undefined {
  const own = layout[server];
  if (!own) return undefined;
  const columns = renamesIn(table.columns, own);
  const form = resolvedLayout(layout, { columns })[server];
  if (!form || !fitsByType(table.columns, form)) return undefined;
  const likeness = likenessOf(table, form);
  if (!isPlausible(table, form, likeness)) return undefined;
  const renamed = Object.entries(columns).map(([from, to]) => `${from} is named ${to}`);
  return {
    score: scoreOf(likeness, form) - renamed.length / 2,
    candidate: {
      layout: layout.name,
      reasons: [...reasonsOf(likeness, form), ...renamed],
      ...(renamed.length > 0 && { columns }),
    },
  };
}

/** Columns that the library lets its users rename, found under another spelling. */
function renamesIn(
  found: readonly FoundColumn[],
  { renamable = [] }: TableForm,
): Readonly<Record<string, string>> {
  const missing = renamable.filter((name) => !found.some((column) => column.name === name));
  return Object.fromEntries(
    missing.flatMap((name) => {
      const others = found.filter((column) => plain(column.name) === plain(name));
      return others.length === 1 && others[0] ? [[name, others[0].name]] : [];
    }),
  );
}

interface Likeness {
  readonly isNamed: boolean;
  readonly present: readonly Column[];
  readonly missing: readonly Column[];
  /** Columns with the very type of the library's own DDL. */
  readonly exact: number;
  readonly further: readonly string[];
}

function likenessOf({ schema, table, columns }: FoundTable, form: TableForm): Likeness {
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type;
  const isPresent = (own: Column): boolean => {
    const type = typeOf(own.name);
    return type !== undefined && acceptsType(own, type);
  };
  const names = new Set(form.columns.map(({ name }) => name));
  return {
    isNamed:
      table.toLowerCase() === form.table.toLowerCase() &&
      (form.schema === undefined || schema === undefined || schema === form.schema),
    present: form.columns.filter(isPresent),
    missing: form.columns.filter((own) => !isPresent(own)),
    exact: form.columns.filter(({ name, type }) => typeOf(name) === type).length,
    further: columns.map(({ name }) => name).filter((name) => !names.has(name)),
  };
}

/** A name of sessions in the table's own: `user_sessions`, `Session`. */
export const isNamedAfterSessions = (table: string): boolean => /sess/i.test(table);

/**
 * Tables of other things have a key and an expiry as well: an invitation, a token. Without a name that says sessions,
 * a table has to have all columns of the library and no other, where an application cannot add its own.
 */
function isPlausible({ table }: FoundTable, form: TableForm, likeness: Likeness): boolean {
  if (likeness.isNamed || isNamedAfterSessions(table)) return true;
  const isWhole = likeness.missing.length === 0 && likeness.further.length === 0;
  return isWhole && !form.hasOtherColumns;
}

/** The name counts as much as two columns; a type decides only between layouts that are equal in everything else. */
function scoreOf({ isNamed, present, missing, exact, further }: Likeness, form: TableForm): number {
  const strangeness = form.hasOtherColumns ? 0.5 : 1;
  return (
    (isNamed ? 4 : 0) +
    2 * (present.length - missing.length) -
    strangeness * further.length +
    exact / (1 + form.columns.length)
  );
}

const listed = (names: readonly string[]): string =>
  names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} others`;

function reasonsOf(
  { isNamed, missing, further }: Likeness,
  { table, columns }: TableForm,
): readonly string[] {
  return [
    ...(isNamed ? ['has the library’s name'] : [`is not named ${table}`]),
    missing.length === 0
      ? `has all ${columns.length} columns of the library`
      : `lacks ${listed(missing.map(({ name }) => name))}`,
    ...(further.length > 0 ? [`has also ${listed(further)}`] : []),
  ];
}
