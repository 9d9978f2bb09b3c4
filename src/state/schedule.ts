import { createHash } from 'node:crypto';
import { Cron } from 'croner';
import { remembering } from '../api/once.ts';

/** The five fields of a schedule and what each may hold, as Kubernetes takes them. */
const fields = [
  { name: 'minute', min: 0, max: 59, hashMax: 59, names: [] },
  { name: 'hour', min: 0, max: 23, hashMax: 23, names: [] },
  // A hashed day stays below 29, so that it comes in every month.
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

/** A schedule that Kubernetes would take, or the sentence that says what is wrong with it. */
export type Schedule =
  | { readonly ok: true; readonly cron: string; readonly periodSeconds: number }
  | { readonly ok: false; readonly message: string };

class InvalidSchedule extends Error {}

const hashed = /^H(?:\((\d{1,2})-(\d{1,2})\))?(?:\/(\d{1,2}))?$/;
const ranged = /^([*?]|\d{1,2}|[a-z]{3})(?:-(\d{1,2}|[a-z]{3}))?(?:\/(\d{1,2}))?$/;

/** An item that restricts nothing. */
const anything = /^[*?](\/1)?$/;

const hash = (seed: string): number => createHash('sha256').update(seed).digest().readUInt32BE(0);

/** An `H` as the number, or the stepped range, that this store has; the same as long as its name is. */
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
 * An item as the API server and the library that counts runs both take it: `5/15` is `5-59/15`, and of a step past the end
 * only the beginning is left. Where neither is so, it stays as it is.
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
  // Beside such an item no other matters. Kubernetes takes a day that is "any" for no restriction; so must who counts runs.
  return checked.some((item) => anything.test(item)) ? '*' : [...new Set(checked)].join(',');
}

/** A date from which periods are measured, so that they do not depend on when they are asked for. */
const epoch = new Date('2024-01-01T00:00:00Z');

/** The shortest time between two of 32 runs; undefined where it runs less than twice. */
const periodOf = remembering((cron): number | undefined => {
  const runs = new Cron(cron, { utcOffset: 0 }).nextRuns(32, epoch).map((run) => run.getTime() / 1000);
  const gaps = runs.slice(1).map((run, index) => run - (runs[index] ?? run));
  return gaps.length > 0 ? Math.min(...gaps) : undefined;
});

/**
 * The schedule of `namespace/name`, every `H` resolved. The hash is of the name and not of a uid, which would change
 * on a restore.
 */
export function scheduleOf(text: string, namespace: string, name: string): Schedule {
  const parts = text.split(' ');
  try {
    if (parts.length !== fields.length)
      throw new InvalidSchedule('five fields with single spaces are required');
    const cron = fields
      .map((field, i) => resolveField(parts[i] ?? '', field, `${namespace}/${name}`))
      .join(' ');
    const periodSeconds = periodOf(cron);
    if (periodSeconds === undefined) throw new InvalidSchedule('it never comes');
    return { ok: true, cron, periodSeconds };
  } catch (error) {
    if (!(error instanceof InvalidSchedule)) throw error;
    return { ok: false, message: `cleanup.schedule "${text}" is not a schedule: ${error.message}` };
  }
}

/** The next `count` times the schedule comes after `from`. */
export function nextRuns(cron: string, timeZone: string, from: Date, count: number): readonly Date[] {
  // Runs are at full minutes, so every time within a minute has the same next ones: many stores share them.
  const minute = Math.floor(from.getTime() / 60_000);
  return runsAfter([cron, timeZone, minute, count].join('|'));
}

const runsAfter = remembering((key): readonly Date[] => {
  const [cron = '', timezone = '', minute, count] = key.split('|');
  return new Cron(cron, { timezone }).nextRuns(Number(count), new Date(Number(minute) * 60_000));
}, 4096);
