import { createHash } from 'node:crypto';
import { Cron } from 'croner';
import { memoize } from '../api/memoize.ts';

/** The five fields of a schedule and their values, as Kubernetes accepts them. */
const fields = [
  { name: 'minute', min: 0, max: 59, hashMax: 59, names: [] },
  { name: 'hour', min: 0, max: 23, hashMax: 23, names: [] },
  // A hashed day is below 29, so that every month has it.
  { name: 'day of the month', min: 1, max: 31, hashMax: 28, names: [] },
  {
    name: 'month',
    min: 1,
    max: 12,
    hashMax: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  {
    name: 'day of the week',
    min: 0,
    max: 6,
    hashMax: 6,
    names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'],
  },
] as const;

type Field = (typeof fields)[number];

/** A schedule that Kubernetes accepts, or the message that says why it is invalid. */
export type Schedule =
  | { readonly ok: true; readonly cron: string; readonly periodSeconds: number }
  | { readonly ok: false; readonly message: string };

class InvalidSchedule extends Error {}

const hashed = /^H(?:\((\d{1,2})-(\d{1,2})\))?(?:\/(\d{1,2}))?$/;
const ranged = /^([*?]|\d{1,2}|[a-z]{3})(?:-(\d{1,2}|[a-z]{3}))?(?:\/(\d{1,2}))?$/;

/** An item without a restriction. */
const anything = /^[*?](\/1)?$/;

const hash = (seed: string): number => createHash('sha256').update(seed).digest().readUInt32BE(0);

/** This store's number, or stepped range, for an `H`; it stays the same as long as the store's name. */
function resolveHash(item: string, field: Field, seed: string): string {
  const match = hashed.exec(item);
  if (!match) return item;
  const min = match[1] === undefined ? field.min : Number(match[1]);
  const max = match[2] === undefined ? field.hashMax : Number(match[2]);
  if (min > max || min < field.min || max > field.max) {
    throw new InvalidSchedule(
      `${item} is not a valid range of the ${field.name} (${field.min}-${field.max})`,
    );
  }
  if (match[3] === undefined) return String(min + (hash(seed) % (max - min + 1)));
  const step = Number(match[3]);
  if (step < 1 || step > max - min + 1)
    throw new InvalidSchedule(`${item} has a step that the ${field.name} cannot take`);
  return `${min + (hash(seed) % step)}-${max}/${step}`;
}

function numberOf(text: string, field: Field): number {
  const index = (field.names as readonly string[]).indexOf(text);
  const number = index >= 0 ? index + field.min : Number(text);
  if (!Number.isInteger(number) || number < field.min || number > field.max) {
    throw new InvalidSchedule(`${text} is not a valid ${field.name} (${field.min}-${field.max})`);
  }
  return number;
}

/**
 * An item in the form that both the API server and the library that counts runs accept: `5/15` becomes `5-59/15`, and a
 * step beyond the end leaves only the first value. Other items stay unchanged.
 */
function checkedItem(item: string, field: Field): string {
  const match = ranged.exec(item.toLowerCase());
  if (!match) throw new InvalidSchedule(`${item} is not a valid ${field.name}`);
  const [, from = '', to, step] = match;
  const isAny = from === '*' || from === '?';
  const first = isAny ? field.min : numberOf(from, field);
  const last = to === undefined ? field.max : numberOf(to, field);
  if (first > last || (isAny && to !== undefined))
    throw new InvalidSchedule(`${item} is not a valid range of the ${field.name}`);
  return step === undefined ? item : steppedItem(item.replace('?', '*'), first, last, Number(step));
}

function steppedItem(item: string, first: number, last: number, step: number): string {
  if (step < 1) throw new InvalidSchedule(`${item} has a step of 0`);
  if (step > last - first) return String(first);
  return /[*-]/.test(item) ? item : `${first}-${last}/${step}`;
}

function resolveField(text: string, field: Field, seed: string): string {
  const items = text.split(',').map((item) => resolveHash(item, field, `${seed} ${field.name}`));
  const checked = items.map((item) => checkedItem(item, field));
  // Next to such an item, no other matters. Kubernetes treats a day that is "any" as no restriction, and the library
  // that counts runs must do the same.
  return checked.some((item) => anything.test(item)) ? '*' : [...new Set(checked)].join(',');
}

/** Start of measured periods, fixed so that they do not depend on the current time. */
const epoch = new Date('2024-01-01T00:00:00Z');

/** The shortest and the longest time between two of 32 runs; undefined if there are fewer than two. */
const gapsOf = memoize((cron): { readonly shortest: number; readonly longest: number } | undefined => {
  const runs = new Cron(cron, { utcOffset: 0 }).nextRuns(32, epoch).map((run) => run.getTime() / 1000);
  const gaps = runs.slice(1).map((run, index) => run - (runs[index] ?? run));
  return gaps.length > 0 ? { shortest: Math.min(...gaps), longest: Math.max(...gaps) } : undefined;
});

/**
 * A schedule with the same gaps. A single minute and a single hour move all runs by the same time, so thousands of stores
 * with different minutes share what is remembered.
 */
const withoutOffset = (cron: string): string =>
  cron.replace(/^\d+ (\d+(?= )|\S+)/, (_all, hour) => `0 ${/^\d+$/.test(hour) ? 0 : hour}`);

/** The longest time between two runs of a resolved schedule; undefined if the text is not a schedule. */
export const longestGapSeconds = memoize((cron): number | undefined => {
  try {
    return gapsOf(withoutOffset(cron))?.longest;
  } catch {
    return undefined;
  }
});

/**
 * The schedule of `namespace/name` with every `H` resolved. The hash uses the name and not a uid, because a restore
 * would change the uid.
 */
export function scheduleOf(text: string, namespace: string, name: string): Schedule {
  const parts = text.split(' ');
  try {
    if (parts.length !== fields.length)
      throw new InvalidSchedule('five fields with single spaces are required');
    const cron = fields
      .map((field, i) => resolveField(parts[i] ?? '', field, `${namespace}/${name}`))
      .join(' ');
    const periodSeconds = gapsOf(withoutOffset(cron))?.shortest;
    if (periodSeconds === undefined) throw new InvalidSchedule('it never comes');
    return { ok: true, cron, periodSeconds };
  } catch (error) {
    if (!(error instanceof InvalidSchedule)) throw error;
    return { ok: false, message: `cleanup.schedule "${text}" is not a schedule: ${error.message}` };
  }
}

/** The next `count` times of the schedule after `from`. */
export function nextRuns(cron: string, timeZone: string, from: Date, count: number): readonly Date[] {
  // Runs are at full minutes, so every time within a minute has the same next ones: many stores share them.
  const minute = Math.floor(from.getTime() / 60_000);
  return runsAfter([cron, timeZone, minute, count].join('|'));
}

const runsAfter = memoize((key): readonly Date[] => {
  const [cron = '', timezone = '', minute, count] = key.split('|');
  return new Cron(cron, { timezone }).nextRuns(Number(count), new Date(Number(minute) * 60_000));
}, 4096);
