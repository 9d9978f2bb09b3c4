/** A run that is killed leaves one processor to the server, and the next one starts meanwhile. */
const atOnce = 3;

/** Tries k = 1, 2, …, some at once, until one says that there was no k-th step; the last k for which there was. */
export async function lastOfEveryK(survives: (k: number) => Promise<boolean>): Promise<number> {
  let [next, end] = [1, Number.POSITIVE_INFINITY];
  const lane = async (): Promise<void> => {
    while (next < end) {
      const k = next++;
      if (!(await survives(k))) end = Math.min(end, k);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return end - 1;
}
