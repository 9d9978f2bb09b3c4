import type { Panel } from '../../scripts/monitoring/panel.ts';

const rounded = (value: number): string => String(Number(value.toPrecision(3)));

/** Steps of a unit, the largest first: from this value on, the value is divided by it. */
type Steps = readonly (readonly [from: number, name: string])[];

const times: Steps = [
  [86_400, ' d'],
  [3600, ' h'],
  [60, ' min'],
  [1, ' s'],
  [1e-3, ' ms'],
  [1e-6, ' µs'],
];
const sizes: Steps = [
  [2 ** 30, ' GiB'],
  [2 ** 20, ' MiB'],
  [2 ** 10, ' KiB'],
  [1, ' B'],
];
const counts: Steps = [
  [1e6, ' M'],
  [1e3, ' K'],
];

function scaled(value: number, steps: Steps, otherwise = ''): string {
  const [from, name] = steps.find(([least]) => Math.abs(value) >= least) ?? [1, otherwise];
  return `${rounded(value / from)}${name}`;
}

/** A value in its unit, as people read it. */
export const formatted = (value: number, unit: Panel['unit']): string =>
  ({
    s: () => scaled(value, times, ' s'),
    bytes: () => scaled(value, sizes, ' B'),
    short: () => scaled(value, counts),
    ops: () => `${rounded(value)} /s`,
    percentunit: () => `${rounded(value * 100)} %`,
    none: () => rounded(value),
  })[unit]();
