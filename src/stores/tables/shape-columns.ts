import type { AgeRule, Column, TableForm } from '../../layouts/table-form.ts';
import { acceptedTypes, acceptsType, familyOf, timeKindOf, typeIn } from './shape-types.ts';

/** A column of an existing table, in the notation of its server's catalogue. */
export interface FoundColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  /** True if an INSERT may leave the column out. */
  readonly filled: boolean;
}

/** A column without which the layout's table cannot be used or cleaned. */
interface Demand {
  readonly name: string;
  /** For a message. */
  readonly expected: string;
  readonly accepts: (type: string) => boolean;
  readonly notNull: boolean;
  /** Advice for a column of another type. */
  readonly otherwise?: string | undefined;
}

/** The types of a column that no library of the list has made. */
function readable({ rules }: TableForm, name: string): string {
  const at = rules.map((rule) => rule.at).find(({ column }) => column === name);
  if (!at) return rules.some(({ plus }) => plus?.column === name) ? 'a number' : 'any type';
  const zone = at.zone ? '' : '; one without a time zone needs customLayout.table.zone';
  const unit = at.unit ? '' : '; a number needs customLayout.table.unit';
  return `a time that the layout can read${zone}${unit}`;
}

function demandOf(layout: TableForm, name: string, accepts?: (type: string) => boolean): Demand {
  const column: Column | undefined = layout.columns.find((one) => one.name === name);
  return {
    name,
    expected: column ? [...new Set(acceptedTypes(column))].join(' or ') : readable(layout, name),
    accepts: accepts ?? ((type) => column === undefined || acceptsType(column, type)),
    // In MySQL, NULL in a column that gets the current time has its own migration.
    notNull: column?.notNull === true && !column.isCurrent,
    otherwise: column?.otherwise,
  };
}

const isNumber = (type: string): boolean => familyOf(type) === 'number';

function ruleDemands(layout: TableForm, { at, plus, when }: AgeRule): readonly Demand[] {
  const numbers = [plus?.column, when?.column].filter((name) => name !== undefined && name !== at.column);
  return [
    demandOf(layout, at.column, (type) => timeKindOf(at, type) !== undefined),
    ...numbers.flatMap((name) => (name === undefined ? [] : [demandOf(layout, name, isNumber)])),
  ];
}

/** Key, times and payload, each column once. The library's other columns matter to CREATE alone. */
function demandsOf(layout: TableForm): readonly Demand[] {
  const all = [
    ...layout.rules.flatMap((rule) => ruleDemands(layout, rule)),
    ...[layout.key.column, layout.payload].map((name) => demandOf(layout, name)),
    ...(layout.only ? [demandOf(layout, layout.only.column, () => true)] : []),
  ];
  return all.filter(({ name }, n) => all.findIndex((other) => other.name === name) === n);
}

/** The columns that a row's age is read from, and those that say which rows are sessions. */
export function agedColumns({ rules, only }: Pick<TableForm, 'rules' | 'only'>): readonly string[] {
  const names = rules.flatMap(({ at, plus, when }) => [at.column, plus?.column, when?.column]);
  return [...new Set([...names, only?.column].flatMap((name) => name ?? []))];
}

function demandProblem(
  { name, expected, accepts, notNull, otherwise }: Demand,
  found: FoundColumn | undefined,
): string | undefined {
  if (!found) return `column ${name} is missing (expected ${expected})`;
  if (!accepts(found.type))
    return `column ${name} is ${found.type} (expected ${expected})${otherwise ? `: ${otherwise}` : ''}`;
  return notNull && found.nullable ? `column ${name} may be NULL (expected NOT NULL)` : undefined;
}

/** Whether all demanded columns are there, with types that the library works with. */
export const fitsByType = (columns: readonly FoundColumn[], layout: TableForm): boolean =>
  demandsOf(layout).every(({ name, accepts }) =>
    columns.some((column) => column.name === name && accepts(column.type)),
  );

/** Differences between the table's columns and what the layout demands, each as a phrase. */
export function columnProblems(columns: readonly FoundColumn[], layout: TableForm): readonly string[] {
  const demands = demandsOf(layout);
  const known = new Set([...demands, ...layout.columns].map(({ name }) => name));
  const problems = demands.flatMap(
    (demand) =>
      demandProblem(
        demand,
        columns.find(({ name }) => name === demand.name),
      ) ?? [],
  );
  const obstacles = layout.hasOtherColumns
    ? []
    : columns
        .filter(({ name, filled }) => !filled && !known.has(name))
        .map(({ name }) => `column ${name} is NOT NULL without a default, and the library does not fill it`);
  return [...problems, ...columns.flatMap((column) => idleWords(layout, column)), ...obstacles];
}

/** The words for a time that the type that is found has no use for: only a custom layout has them beside any type. */
function idleWords({ columns, rules }: TableForm, { name, type }: Named): readonly string[] {
  const at = rules.map((rule) => rule.at).find(({ column }) => column === name);
  const kind = at && timeKindOf(at, type);
  if (!kind || columns.some((own) => own.name === name)) return [];
  return [
    ...(at.unit && kind !== 'number' ? ['unit, which is for a number'] : []),
    ...(at.zone && kind !== 'wall' ? ['zone, which is for a time without a zone'] : []),
  ].map((word) => `column ${name} is ${type}: leave out customLayout.table.${word}`);
}

/** Tables that the spec lets a cascade empty although none does, as phrases. */
export const cascadeProblems = ({ cascades = [] }: TableForm, taken: readonly string[]): readonly string[] =>
  cascades
    .filter((name) => !taken.includes(name))
    .map(
      (name) =>
        `customLayout.table.cascades names ${name}, which has no foreign key with ON DELETE CASCADE to this table: ` +
        'correct the name, or take it out',
    );

/** A sum is compared by the clock of one zone, which may change between its two parts. */
export function sumProblems(columns: readonly Named[], { rules }: TableForm): readonly string[] {
  return rules.flatMap(({ at, plus }) =>
    plus && at.zone === 'application' && timeKindOf(at, typeIn(columns, at.column)) === 'wall'
      ? [`column ${at.column} is a local time, to which no lifetime can be added (expected UTC or a number)`]
      : [],
  );
}

type Named = Pick<FoundColumn, 'name' | 'type'>;
