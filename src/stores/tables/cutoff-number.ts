/** Unit of a number, counted since 1970. */
export type EpochUnit = 's' | 'ms';

const microseconds = { s: 1_000_000n, ms: 1000n, us: 1n } as const;

const decimal = /^(-?)(\d+)(?:\.(\d+))?$/;

const floorDiv = (a: bigint, b: bigint): bigint => (a >= 0n ? a / b : -((-a + b - 1n) / b));

/**
 * The cutoff as a whole number of the unit, from the seconds since 1970 as the server writes them: rounded down, so that
 * no session is stale too early. Libraries compare with whole numbers as well.
 */
export function cutoffNumber(epoch: string, unit: keyof typeof microseconds): bigint {
  const [, sign, seconds = '', fraction = ''] = decimal.exec(epoch) ?? [];
  if (sign === undefined) throw new Error(`Expected seconds since 1970, got ${epoch}`);
  const micros = BigInt(seconds + fraction.padEnd(6, '0').slice(0, 6));
  return floorDiv(sign === '-' ? -micros : micros, microseconds[unit]);
}

const longest = 2n ** 63n;

/**
 * Numbers that mean *never*, as SQL literals of 64 bits. A layout's number may be one that a double rounds up, such as
 * Java's Long.MAX_VALUE.
 */
export const neverLiterals = (never: readonly number[] = []): readonly string[] =>
  never.map((value) => {
    const whole = BigInt(Math.trunc(value));
    return String(whole >= longest ? longest - 1n : whole < -longest ? -longest : whole);
  });
