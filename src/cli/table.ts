/** A table as kubectl prints one: two blanks between columns, no lines, headings in capitals. */
export interface Table {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const gap = '  ';

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`;

/** The lines of a table. Where a line would be wider than `width`, the last column is cut. */
export function linesOfTable({ headings, rows }: Table, width = Number.POSITIVE_INFINITY): readonly string[] {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const before = widths.slice(0, -1).reduce((sum, columnWidth) => sum + columnWidth + gap.length, 0);
  return all.map((row) =>
    headings
      .map((_, column) => {
        const text = row[column] ?? '';
        const isLast = column === headings.length - 1;
        return isLast ? cut(text, Math.max(width - before, 1)) : text.padEnd(widths[column] ?? 0);
      })
      .join(gap)
      .trimEnd(),
  );
}
