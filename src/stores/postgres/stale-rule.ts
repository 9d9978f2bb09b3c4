import { escapeIdentifier } from 'pg';
import type { AgeRule, RowTime } from '../../layouts/table-form.ts';
import { cutoffNumber, type EpochUnit, neverLiterals } from '../tables/cutoff-number.ts';
import { baseType, timeKindOf } from '../tables/shape-types.ts';
import type { ColumnFacts } from './catalogue.ts';

/** The cutoff of a run, as each kind of time has it. */
export interface CutoffTexts {
  /** Seconds since 1970. */
  readonly epoch: string;
  readonly instant: string;
  /** UTC's wall clock. */
  readonly utc: string;
  /** The application's wall clock, if a column has that. */
  readonly local?: string;
}

/** Type of the constants: the column's own, or one that an index on the column compares with as it is. */
export type ConstantType = 'timestamptz' | 'timestamp' | 'bigint' | 'double precision' | 'numeric';

/** A time that is compared: a column, or a sum. */
interface Times {
  readonly value: string;
  /** True if an index on the column serves the comparison. */
  readonly isRange: boolean;
  readonly type: ConstantType;
  readonly cutoff: string;
  /** No time is lower. */
  readonly floor: string;
  /** True if a value that is not NULL may be no time: NaN, or a number below all times. */
  readonly mayBeNoTime: boolean;
  /** `local`: the application's wall clock. */
  readonly clock: 'instant' | 'local';
  /** Seconds since 1970 of an expression of this time; of a wall clock, as if it were UTC's. */
  readonly secondsOf: (value: string) => string;
}

/** A rule of age for the columns that were found, in SQL. */
export interface StaleRule extends Times {
  /** The time column, quoted. */
  readonly column: string;
  readonly columnName: string;
  readonly operator: '<' | '<=';
  /** Further conditions of a stale row. */
  readonly also: readonly string[];
  /** Condition of a row without a readable time; absent if every row has one. */
  readonly unreadable?: string;
  /** The unit of a column of numbers, and the condition of a row that has a time in it. */
  readonly epoch?: { readonly unit: EpochUnit; readonly isTime: string };
}

export type FoundColumns = readonly Pick<ColumnFacts, 'name' | 'type' | 'notNull'>[];

/** Facts that a rule is compiled with. */
export interface RuleFacts {
  readonly found: FoundColumns;
  readonly cutoffs: CutoffTexts;
  /** Condition of a row that is a session, if others share the table. */
  readonly session: string | undefined;
  /** The zone of the spec. */
  readonly timeZone: string | undefined;
}

export const all = (conditions: readonly string[]): string =>
  conditions.map((one) => `(${one})`).join(' AND ');
export const any = (conditions: readonly string[]): string =>
  conditions.map((one) => `(${one})`).join(' OR ');

/** True if the time is a wall clock in the application's zone. */
export const isLocal = (at: RowTime, type: string, timeZone: string | undefined): boolean =>
  timeKindOf(at, type) === 'wall' &&
  (at.zone === 'application' || (at.zoneMayDiffer === true && timeZone !== undefined));

/** No session has a lower number; -Infinity is one. */
const leastNumber = '-9223372036854775808';
const greatestNumber = '9223372036854775808';

const constantTypes: Readonly<Record<string, ConstantType>> = {
  ...{ real: 'double precision', 'double precision': 'double precision', numeric: 'numeric' },
};

const numbers = (value: string, type: ConstantType, unit: EpochUnit, cutoffs: CutoffTexts): Times => ({
  ...{ value, type, floor: leastNumber, clock: 'instant', isRange: true, mayBeNoTime: type !== 'bigint' },
  cutoff: String(cutoffNumber(cutoffs.epoch, unit)),
  secondsOf: (number) => `(${number})::float8${unit === 'ms' ? ' / 1000' : ''}`,
});

function columnIn(found: FoundColumns, name: string): FoundColumns[number] {
  const column = found.find((one) => one.name === name);
  if (!column) throw new Error(`Expected column ${name} to have been looked for before`);
  return column;
}

/** The column's own time; the table's shape was checked before. */
function timesOf(at: RowTime, { found, cutoffs, timeZone }: RuleFacts): Times {
  const { type } = columnIn(found, at.column);
  const value = escapeIdentifier(at.column);
  const kind = timeKindOf(at, type);
  if (kind === 'number' && at.unit)
    return numbers(value, constantTypes[baseType(type)] ?? 'bigint', at.unit, cutoffs);
  const local = isLocal(at, type, timeZone);
  const cutoff = kind === 'instant' ? cutoffs.instant : local ? cutoffs.local : cutoffs.utc;
  if (kind === undefined || cutoff === undefined)
    throw new Error(`Expected column ${at.column} to be a time that the layout reads, found ${type}`);
  return {
    ...{ value, cutoff, floor: '-infinity', isRange: true, mayBeNoTime: false },
    type: kind === 'instant' ? 'timestamptz' : 'timestamp',
    clock: local ? 'local' : 'instant',
    secondsOf: (time) => `extract(epoch FROM ${time})::float8`,
  };
}

/**
 * The sum of a time and a lifetime, which no value lets overflow: doubles for whole numbers, else numeric, which is
 * slower. A sum with an instant counts in seconds.
 */
function sumOf({ at, plus }: AgeRule, own: Times, { found, cutoffs }: RuleFacts): Times {
  if (!plus) return own;
  const isNumber = isNumeric(own);
  const unit = isNumber ? (at.unit ?? 's') : 's';
  const factor = plus.unit === unit ? '' : unit === 's' ? ' / 1000' : ' * 1000';
  const isWhole = !own.mayBeNoTime && isInteger(columnIn(found, plus.column).type);
  const type = isWhole ? 'double precision' : 'numeric';
  const start = isNumber ? own.value : `date_part('epoch', ${own.value})`;
  const sum = `(${start}::${type} + ${escapeIdentifier(plus.column)}::${type}${factor})`;
  return {
    ...numbers(sum, type, unit, cutoffs),
    ...{ isRange: false, mayBeNoTime: !(isNumber && isWhole) },
  };
}

const isInteger = (type: string): boolean => /^(smallint|integer|bigint)$/.test(type);

const isNumeric = ({ type }: Times): boolean => !type.startsWith('timestamp');

/** The rows that the rule is about, and those that it may be about, as their number is NULL. */
function aboutness({ when }: AgeRule): { readonly is: readonly string[]; readonly mayBe: readonly string[] } {
  if (!when) return { is: [], mayBe: [] };
  const column = escapeIdentifier(when.column);
  const is = [
    ...(when.atMost === undefined ? [] : [`${column} <= ${when.atMost}`]),
    ...(when.above === undefined ? [] : [`${column} > ${when.above}`]),
  ];
  return { is, mayBe: [any([all(is), `${column} IS NULL`])] };
}

/** Numbers that mean never, as constants of the column. */
const neversOf = ({ never }: RowTime, own: Times): readonly string[] =>
  isNumeric(own) ? neverLiterals(never).map((value) => `'${value}'::${own.type}`) : [];

/** Condition of a row that the rule may be about, with NULL or a number like NaN instead of a time. */
function unreadableBy(
  { at, plus }: AgeRule,
  { value, mayBeNoTime }: Times,
  { found, nevers, mayBe }: Pick<RuleFacts, 'found'> & Record<'nevers' | 'mayBe', readonly string[]>,
): Pick<StaleRule, 'unreadable'> {
  const column = escapeIdentifier(at.column);
  const isNullRead = at.nullMeans === 'never' || columnIn(found, at.column).notNull;
  const nonsense = [
    ...(plus === undefined && isNullRead ? [] : [`${value} IS NULL`]),
    ...(mayBeNoTime ? [`${value} = 'NaN'`, `${value} < '${leastNumber}'`] : []),
  ];
  const endless = [
    ...nevers.map((never) => `${column} = ${never}`),
    ...(plus && at.nullMeans === 'never' ? [`${column} IS NULL`] : []),
  ];
  if (nonsense.length === 0) return {};
  const isNotEndless = endless.length > 0 ? [`(${any(endless)}) IS NOT TRUE`] : [];
  return { unreadable: all([...mayBe, ...isNotEndless, any(nonsense)]) };
}

/** Condition of a number that may be a time. */
const isEpoch = (column: string, { mayBeNoTime }: Times): string =>
  mayBeNoTime ? `${column} BETWEEN '${leastNumber}' AND '${greatestNumber}'` : `${column} IS NOT NULL`;

/** The rule for these columns. */
export function staleRuleOf(rule: AgeRule, facts: RuleFacts): StaleRule {
  const { at } = rule;
  const column = escapeIdentifier(at.column);
  const own = timesOf(at, facts);
  const times = sumOf(rule, own, facts);
  const nevers = neversOf(at, own);
  const session = facts.session === undefined ? [] : [facts.session];
  const about = aboutness(rule);
  const isAbout = [...session, ...about.is, ...nevers.map((never) => `${column} <> ${never}`)];
  const isReadable = times.mayBeNoTime ? [`${times.value} >= '${leastNumber}'`] : [];
  const mayBe = [...session, ...about.mayBe];
  return {
    ...{ column, columnName: at.column, ...times },
    operator: rule.inclusive ? '<=' : '<',
    also: [...isAbout, ...isReadable],
    ...unreadableBy(rule, times, { found: facts.found, nevers, mayBe }),
    ...(isNumeric(own) &&
      at.unit && { epoch: { unit: at.unit, isTime: all([...isAbout, isEpoch(column, own)]) } }),
  };
}
