import { visible } from '../api/visible.ts';

/** A table as kubectl prints one: two blanks between columns, no lines, headings in capitals. */
export interface Table {
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const gap = '  ';

/** The text, with `…` for its end where it is longer than the width. */
export const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`;

/** Colours the text of a cell, blanks up to the next column included; the row of the headings is -1. */
type Paint = (text: string, place: { readonly row: number; readonly column: number }) => string;

/** The lines of a table, with every character visible. Where a line would be wider than `width`, the last column is cut. */
export function linesOfTable(
  { headings, rows }: Table,
  width = Number.POSITIVE_INFINITY,
  paint: Paint = (text) => text,
): readonly string[] {
  const all = [headings, ...rows.map((row) => row.map(visible))];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const before = widths.slice(0, -1).reduce((sum, columnWidth) => sum + columnWidth + gap.length, 0);
  return all.map((row, index) =>
    headings
      .map((_, column) => {
        const text = row[column] ?? '';
        const isLast = column === headings.length - 1;
        const cell = isLast ? cut(text, Math.max(width - before, 1)) : text.padEnd(widths[column] ?? 0);
        return paint(cell, { row: index - 1, column });
      })
      .join(gap)
      .trimEnd(),
  );
}
