const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

interface Step {
  readonly below: number;
  readonly unit: readonly [size: number, letter: string];
  readonly rest?: readonly [size: number, letter: string];
}

/** Up to `below`, a duration is shown in `unit` and, if `rest` is given, the remainder in that. */
const steps: readonly Step[] = [
  { below: 2 * minute, unit: [1, 's'] },
  { below: 10 * minute, unit: [minute, 'm'], rest: [1, 's'] },
  { below: 3 * hour, unit: [minute, 'm'] },
  { below: 8 * hour, unit: [hour, 'h'], rest: [minute, 'm'] },
  { below: 2 * day, unit: [hour, 'h'] },
  { below: 8 * day, unit: [day, 'd'], rest: [hour, 'h'] },
  { below: 2 * year, unit: [day, 'd'] },
  { below: 8 * year, unit: [year, 'y'], rest: [day, 'd'] },
];

const forever: Step = { below: Number.POSITIVE_INFINITY, unit: [year, 'y'] };

/** A duration as kubectl prints ages: `45s`, `3h12m`, `5d`. */
export function durationText(milliseconds: number): string {
  const seconds = Math.max(Math.floor(milliseconds / 1000), 0);
  const { unit, rest: restUnit } = steps.find(({ below }) => seconds < below) ?? forever;
  const [size, letter] = unit;
  const whole = `${Math.floor(seconds / size)}${letter}`;
  if (!restUnit) return whole;
  const [restSize, restLetter] = restUnit;
  const rest = Math.floor((seconds % size) / restSize);
  return rest === 0 ? whole : `${whole}${rest}${restLetter}`;
}

/** The age of something that happened then. */
export const ageOf = (time: string, now: Date): string => durationText(now.getTime() - Date.parse(time));
