import type { AgeRule, RowTime } from '../../layouts/table-form.ts';
import { StoreError } from '../store-error.ts';
import { cutoffNumber, neverLiterals, secondsOf } from '../tables/cutoff-number.ts';
import { type TimeKind, timeKindOf } from '../tables/shape-types.ts';
import {
  clockSeconds,
  clockText,
  earliestInstant,
  earliestWallClock,
  type LocalCutoff,
  wallClockAt,
} from '../tables/wall-clock.ts';
import { isUnbounded, placeholderFor } from './column-type.ts';
import { quoted } from './context.ts';

/**
 * One rule of age on the columns that were found, compiled once a run. Constants are converted to the column's own form,
 * never the column, so that an index serves; only a sum of two columns cannot use one.
 */
export interface StaleRule {
  /** The time column, quoted. */
  readonly time: string;
  /** The column's value as it can be sent again. */
  readonly value: string;
  /** A placeholder for such a value. */
  readonly placeholder: string;
  /** True for a stale row; NULL for one without a time. */
  readonly stale: string;
  /** True for a row without a readable time; FALSE if each row has one. */
  readonly unreadable: string;
  /** Its smallest value is that of the oldest session. */
  readonly oldest: string;
  /** Seconds since 1970 of such a value. */
  readonly secondsOf: (value: string) => number;
  /** The rows that the rule is about; undefined for all. */
  readonly when?: string;
  /** True if the time's index has stale rows beside each other. */
  readonly isRange: boolean;
}

/** Facts that rules are compiled with. */
export interface RuleFacts {
  /** Sessions with an earlier time are stale, in whole seconds since 1970. */
  readonly cutoff: number;
  /** The application's time zone, if the spec names one. */
  readonly timeZone?: string | undefined;
  readonly typeOf: (column: string) => string;
}

/** The first times that are no zero date. */
export const firstTime = { instant: '1970-01-01 00:00:01', wall: '0001-01-01 00:00:00' } as const;

/** Throws InvalidInput where the rule needs the application's time zone and the spec names none. */
export function staleRule(rule: AgeRule, facts: RuleFacts): StaleRule {
  const { at, plus } = rule;
  const type = facts.typeOf(at.column);
  const kind = timeKindOf(at, type);
  if (kind === undefined) throw new Error(`Expected column ${at.column} to be a time; found ${type}`);
  const time = quoted(at.column);
  const first = kind === 'number' ? undefined : firstTime[kind];
  const sum = plus && sumOf(rule, plus, kind, facts);
  const when = whenOf(rule);
  return {
    time,
    value: first === undefined ? time : `CAST(${time} AS CHAR)`,
    placeholder: placeholderFor(type),
    stale: staleBy(rule, { kind, first, sum, when }, facts),
    unreadable: unreadableBy(rule, first, when),
    oldest: sum?.text ?? time,
    secondsOf: sum
      ? (value) => Number(value) / sum.perSecond
      : (value) => readSeconds(at, kind, facts, value),
    ...(when !== undefined && { when }),
    isRange: sum === undefined,
  };
}

interface Parts {
  readonly kind: TimeKind;
  /** The first readable time. */
  readonly first: string | undefined;
  readonly sum: Sum | undefined;
  readonly when: string | undefined;
}

function staleBy({ at, inclusive }: AgeRule, { kind, first, sum, when }: Parts, facts: RuleFacts): string {
  const time = quoted(at.column);
  const cutoff = cutoffOf(at, kind, facts);
  const never = kind === 'number' ? neverLiterals(at.never) : [];
  return [
    `${sum?.text ?? time} ${inclusive && cutoff.isExact ? '<=' : '<'} ${sum?.limit ?? literalOf(at, kind, cutoff.at)}`,
    ...(first === undefined ? [] : [`${time} >= '${first}'`]),
    ...(never.length > 0 ? [`${time} NOT IN (${never.join(', ')})`] : []),
    ...(when === undefined ? [] : [when]),
  ].join(' AND ');
}

/** Undefined for a rule about all rows. */
function whenOf({ when }: AgeRule): string | undefined {
  if (!when) return undefined;
  const column = quoted(when.column);
  return [
    ...(when.atMost === undefined ? [] : [`${column} <= ${when.atMost}`]),
    ...(when.above === undefined ? [] : [`${column} > ${when.above}`]),
  ].join(' AND ');
}

function unreadableBy({ at, plus }: AgeRule, first: string | undefined, when: string | undefined): string {
  const time = quoted(at.column);
  const reasons = [
    ...(at.nullMeans === 'never' ? [] : [`${time} IS NULL`]),
    ...(first === undefined ? [] : [`${time} < '${first}'`]),
    ...(plus ? [`(${time} IS NOT NULL AND ${quoted(plus.column)} IS NULL)`] : []),
  ];
  if (reasons.length === 0) return 'FALSE';
  const isUnreadable = reasons.join(' OR ');
  return when === undefined ? isUnreadable : `${when} AND (${isUnreadable})`;
}

/** The cutoff in the column's own clock. */
function cutoffOf(at: RowTime, kind: TimeKind, { cutoff, timeZone }: RuleFacts): LocalCutoff {
  if (kind === 'wall' && at.zone === 'application') return earliestWallClock(cutoff, zoneOf(at, timeZone));
  if (kind === 'instant' && at.throughSession) return earliestInstant(cutoff, zoneOf(at, timeZone));
  return { at: cutoff, isExact: true };
}

function zoneOf({ column, throughSession }: RowTime, timeZone: string | undefined): string {
  if (timeZone !== undefined) return timeZone;
  const [why, ask] = throughSession
    ? [
        'the library writes UTC into it, which the time zone of the application’s session shifts',
        'the time zone that the application’s connection to MySQL has (SELECT @@time_zone, and @@system_time_zone if that is SYSTEM)',
      ]
    : [
        'it holds the application’s local time, without a zone',
        'the time zone in which the application writes it',
      ];
  throw new StoreError(
    'InvalidInput',
    `Expected the application’s time zone, which column ${column} needs: ${why}. Set layoutOptions.timeZone to ${ask}`,
  );
}

/** True if the rule depends on the application's time zone. */
export function needsZone({ at }: AgeRule, type: string): boolean {
  const kind = timeKindOf(at, type);
  return kind === 'wall' ? at.zone === 'application' : kind === 'instant' && at.throughSession === true;
}

const perSecond = { s: 1, ms: 1000 } as const;

const literalOf = ({ unit = 's' }: RowTime, kind: TimeKind, at: number): string =>
  kind === 'number' ? String(cutoffNumber(String(at), unit)) : `'${clockText(at)}'`;

interface Sum {
  readonly text: string;
  readonly limit: string;
  readonly perSecond: number;
}

/** Larger than any time and lifetime in milliseconds; the sum of two fits the decimal. */
const largest = '1e17';

/** A column as a decimal: no sum of two overflows, and no sign is lost. */
function asDecimal(column: string, type: string): string {
  const name = quoted(column);
  const bounded = isUnbounded(type) ? `LEAST(GREATEST(${name}, -${largest}), ${largest})` : name;
  return `CAST(${bounded} AS DECIMAL(30, 6))`;
}

/** Time and lifetime, in the smaller of their units; microseconds beside a time that is no number. */
function sumOf({ at }: AgeRule, plus: NonNullable<AgeRule['plus']>, kind: TimeKind, facts: RuleFacts): Sum {
  const { cutoff, typeOf } = facts;
  const lifetime = asDecimal(plus.column, typeOf(plus.column));
  if (kind !== 'number') {
    const first = firstTime[kind];
    const name = quoted(at.column);
    // In strict mode a DELETE would fail on a zero date.
    const since = `IF(${name} >= '${first}', TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ${name}), NULL)`;
    const perUnit = 1_000_000 / perSecond[plus.unit];
    return {
      text: `${since} + ${lifetime} * ${perUnit}`,
      limit: String(BigInt(cutoff) * 1_000_000n),
      perSecond: 1_000_000,
    };
  }
  const each = Math.max(perSecond[at.unit ?? 's'], perSecond[plus.unit]);
  const scaled = (text: string, unit: 's' | 'ms') =>
    each === perSecond[unit] ? text : `${text} * ${each / perSecond[unit]}`;
  return {
    text: `${scaled(asDecimal(at.column, typeOf(at.column)), at.unit ?? 's')} + ${scaled(lifetime, plus.unit)}`,
    limit: String(cutoff * each),
    perSecond: each,
  };
}

/** The instant of a value of the time column. */
function readSeconds(at: RowTime, kind: TimeKind, { timeZone }: RuleFacts, value: string): number {
  if (kind === 'number') return secondsOf(Number(value), at.unit ?? 's');
  const seconds = clockSeconds(value);
  if (kind === 'wall' && at.zone === 'application') return earliestInstant(seconds, zoneOf(at, timeZone)).at;
  if (kind === 'instant' && at.throughSession) return wallClockAt(seconds, zoneOf(at, timeZone));
  return seconds;
}
