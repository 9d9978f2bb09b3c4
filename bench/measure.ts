/** Time, quantiles, and the slowest statement: shared by all benches. */

export const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * q)] ?? Number.NaN;

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

type Send = (...args: unknown[]) => Promise<unknown>;

/** The longest, in milliseconds, of the statements that clients of this class send meanwhile through its methods. */
export async function slowestStatement(
  driver: { readonly prototype: object },
  methods: readonly string[],
  work: () => Promise<unknown>,
): Promise<number> {
  const prototype = driver.prototype as Record<string, Send>;
  const originals = methods.map((name) => [name, prototype[name]] as const);
  let slowest = 0;
  const watched = (send: Send | undefined): Send =>
    async function (this: object, ...args) {
      const started = performance.now();
      const result = await send?.apply(this, args);
      slowest = Math.max(slowest, performance.now() - started);
      return result;
    };
  for (const [name, original] of originals) prototype[name] = watched(original);
  try {
    await work();
  } finally {
    Object.assign(prototype, Object.fromEntries(originals));
  }
  return slowest;
}

/** A number that an argument or flag gives. */
export function numberOf(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`Expected a whole number above zero, found ${text}`);
}
