const blocks = '▁▂▃▄▅▆▇█';
const ascii = '_.:-=+*#';

/** A line of bars, one for each number, from the smallest to the largest; the lowest bar stands for 0. */
export function trendOf(numbers: readonly number[], isUtf8: boolean): string {
  const bars = isUtf8 ? blocks : ascii;
  const largest = Math.max(...numbers);
  return numbers
    .map((number) => bars[largest === 0 ? 0 : Math.ceil((number / largest) * (bars.length - 1))])
    .join('');
}
