import type { AgeRule, RowTime } from '../../layouts/table-form.ts';
import { cutoffNumber, type EpochUnit, neverLiterals } from './cutoff-number.ts';
import { type TimeKind, timeKindOf } from './shape-types.ts';

/**
 * The clock of a time: `local` is the application's wall clock, `session` is UTC's wall clock that the application's
 * session zone has shifted.
 */
export type TimeClock = 'instant' | 'local' | 'session';

/** The cutoff of a run, as text for each kind of time. */
export interface Cutoffs {
  /** Seconds since 1970. */
  readonly epoch: string;
  readonly instant: string;
  /** UTC's wall clock. */
  readonly utc: string;
  /** Present if a column has such a time. */
  readonly local?: string;
  readonly session?: string;
  /** Clocks whose cutoff may also be the reading of a later moment: `<=` would take a live session. */
  readonly inexact?: readonly TimeClock[];
}

/** SQL of a comparison with a time. */
export interface Comparison {
  /** A constant, of the column's own type or of one that an index on the column compares with as it is. */
  readonly constant: (text: string) => string;
  /** Conditions of a value that is a time, and those of one that is neither a time nor NULL. Empty if there is none. */
  readonly isTime: readonly string[];
  readonly isNoTime: readonly string[];
  /** Condition of a number that a sample of the column may count. */
  readonly isSample: string;
}

export interface TimeColumn {
  /** Quoted. */
  readonly value: string;
  readonly type: string;
}

type SumUnit = EpochUnit | 'us';

/** The words of one server for the times of rows. */
export interface TimeWords {
  readonly quoted: (name: string) => string;
  /** Condition of a row that is a session, where others share the table. */
  readonly isSession: (column: string, equals: string) => string;
  readonly compare: (kind: TimeKind, column: TimeColumn) => Comparison;
  /** A time plus a lifetime, as a number that no value lets overflow. */
  readonly sum: (
    at: TimeColumn & { readonly kind: TimeKind; readonly unit: EpochUnit },
    plus: TimeColumn & { readonly unit: EpochUnit },
  ) => Comparison & { readonly value: string; readonly unit: SumUnit };
  /** Seconds since 1970 of an expression of this kind; of a wall clock, as if it were UTC's. */
  readonly secondsOf: (value: string, kind: TimeKind, unit: SumUnit) => string;
}

/** A time that is compared: a column, or a sum. */
interface Times extends Comparison {
  readonly value: string;
  /** In SQL. */
  readonly cutoff: string;
  readonly secondsOf: (value: string) => string;
}

/** A rule of age for the columns that were found, in SQL. Compiled once a run. */
export interface StaleRule {
  /** The time column, quoted. */
  readonly column: string;
  readonly columnName: string;
  readonly type: string;
  readonly kind: TimeKind;
  readonly clock: TimeClock;
  /** The column, or the sum. */
  readonly value: string;
  /** True if an index on the column serves the comparison. */
  readonly isRange: boolean;
  readonly operator: '<' | '<=';
  readonly cutoff: string;
  /** Further conditions of a stale row. */
  readonly also: readonly string[];
  /** Condition of a row without a readable time; absent if every row has one. */
  readonly unreadable?: string;
  readonly secondsOf: (value: string) => string;
  /** The unit of a column of numbers, and the condition of a row that has a time in it. */
  readonly epoch?: { readonly unit: EpochUnit; readonly isTime: string };
}

type FoundColumns = readonly {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
}[];

/** Facts that a rule is compiled with. */
export interface RuleFacts {
  readonly found: FoundColumns;
  readonly cutoffs: Cutoffs;
  /** Condition of a row that is a session, if others share the table. */
  readonly session: string | undefined;
  /** The zone of the spec. */
  readonly timeZone: string | undefined;
  readonly words: TimeWords;
}

export const all = (conditions: readonly string[]): string =>
  conditions.map((one) => `(${one})`).join(' AND ');
export const any = (conditions: readonly string[]): string =>
  conditions.map((one) => `(${one})`).join(' OR ');

/** The clock of a column of the found type. */
export function clockOf(at: RowTime, type: string, timeZone: string | undefined): TimeClock {
  const kind = timeKindOf(at, type);
  if (kind === 'instant' && at.throughSession) return 'session';
  const isLocal = at.zone === 'application' || (at.zoneMayDiffer === true && timeZone !== undefined);
  return kind === 'wall' && isLocal ? 'local' : 'instant';
}

function columnIn(found: FoundColumns, name: string): FoundColumns[number] {
  const column = found.find((one) => one.name === name);
  if (!column) throw new Error(`Expected column ${name} to have been looked for before`);
  return column;
}

const timeColumn = ({ found, words }: RuleFacts, name: string): TimeColumn => ({
  value: words.quoted(name),
  type: columnIn(found, name).type,
});

/** The cutoff in the form of the column; undefined for a time that the layout does not read. */
function cutoffText(at: RowTime, kind: TimeKind | undefined, clock: TimeClock, cutoffs: Cutoffs) {
  if (kind === 'number') return at.unit && String(cutoffNumber(cutoffs.epoch, at.unit));
  return kind === 'wall' && clock === 'instant' ? cutoffs.utc : kind && cutoffs[clock];
}

/** The column's own time; the table's shape was checked before. */
function ownTimes(at: RowTime, clock: TimeClock, facts: RuleFacts): Times & { readonly kind: TimeKind } {
  const { words, cutoffs } = facts;
  const column = timeColumn(facts, at.column);
  const kind = timeKindOf(at, column.type);
  const cutoff = cutoffText(at, kind, clock, cutoffs);
  if (kind === undefined || cutoff === undefined)
    throw new Error(`Expected column ${at.column} to be a time that the layout reads, found ${column.type}`);
  const comparison = words.compare(kind, column);
  return {
    ...comparison,
    kind,
    value: column.value,
    cutoff: comparison.constant(cutoff),
    secondsOf: (value) => words.secondsOf(value, kind, at.unit ?? 's'),
  };
}

function sumOf(
  { at, plus }: AgeRule & { readonly plus: NonNullable<AgeRule['plus']> },
  kind: TimeKind,
  facts: RuleFacts,
): Times {
  const { words, cutoffs } = facts;
  const { value, unit, ...comparison } = words.sum(
    { ...timeColumn(facts, at.column), kind, unit: at.unit ?? 's' },
    { ...timeColumn(facts, plus.column), unit: plus.unit },
  );
  return {
    ...comparison,
    value,
    cutoff: comparison.constant(String(cutoffNumber(cutoffs.epoch, unit))),
    secondsOf: (sum) => words.secondsOf(sum, 'number', unit),
  };
}

/** The rows that the rule is about, and those that it may be about, as their number is NULL. */
function aboutness(
  { when }: AgeRule,
  { quoted }: TimeWords,
): { readonly is: readonly string[]; readonly mayBe: readonly string[] } {
  if (!when) return { is: [], mayBe: [] };
  const column = quoted(when.column);
  const is = [
    ...(when.atMost === undefined ? [] : [`${column} <= ${when.atMost}`]),
    ...(when.above === undefined ? [] : [`${column} > ${when.above}`]),
  ];
  return { is, mayBe: [any([all(is), `${column} IS NULL`])] };
}

/** Condition of a row that the rule may be about, with NULL or a value that is no time instead of a time. */
function unreadableBy(
  { at, plus }: AgeRule,
  { value, isNoTime }: Times,
  {
    found,
    words,
    nevers,
    mayBe,
  }: Pick<RuleFacts, 'found' | 'words'> & Record<'nevers' | 'mayBe', readonly string[]>,
): Pick<StaleRule, 'unreadable'> {
  const column = words.quoted(at.column);
  const isNullRead = at.nullMeans === 'never' || columnIn(found, at.column).notNull;
  const nonsense = [...(plus === undefined && isNullRead ? [] : [`${value} IS NULL`]), ...isNoTime];
  const endless = [
    ...nevers.map((never) => `${column} = ${never}`),
    ...(plus && at.nullMeans === 'never' ? [`${column} IS NULL`] : []),
  ];
  if (nonsense.length === 0) return {};
  const isNotEndless = endless.length > 0 ? [`(${any(endless)}) IS NOT TRUE`] : [];
  return { unreadable: all([...mayBe, ...isNotEndless, any(nonsense)]) };
}

/** The rule for these columns. */
export function staleRuleOf(rule: AgeRule, facts: RuleFacts): StaleRule {
  const { at, plus, inclusive } = rule;
  const { found, words, cutoffs } = facts;
  const { value: column, type } = timeColumn(facts, at.column);
  const clock = clockOf(at, type, facts.timeZone);
  const own = ownTimes(at, clock, facts);
  const times: Times = plus ? sumOf({ ...rule, plus }, own.kind, facts) : own;
  const nevers = own.kind === 'number' ? neverLiterals(at.never).map(own.constant) : [];
  const session = facts.session === undefined ? [] : [facts.session];
  const about = aboutness(rule, words);
  const isAbout = [...session, ...about.is, ...nevers.map((never) => `${column} <> ${never}`)];
  return {
    column,
    columnName: at.column,
    type,
    kind: own.kind,
    clock,
    value: times.value,
    isRange: plus === undefined,
    cutoff: times.cutoff,
    secondsOf: times.secondsOf,
    operator: inclusive && !cutoffs.inexact?.includes(clock) ? '<=' : '<',
    also: [...isAbout, ...times.isTime],
    ...unreadableBy(rule, times, { found, words, nevers, mayBe: [...session, ...about.mayBe] }),
    ...(own.kind === 'number' &&
      at.unit && { epoch: { unit: at.unit, isTime: all([...isAbout, own.isSample]) } }),
  };
}
