import { gap, type Table } from './table.ts';

/** A column of a table that shows as many columns as the terminal has room for. */
export interface Column<T> {
  readonly heading: string;
  /** Columns with a lower rank are shown first; those of rank 0 always. */
  readonly rank: number;
  readonly cell: (value: T) => string;
  /** Width to which the column may be cut if it is the last one. */
  readonly least?: number;
}

const widthOfColumn = <T>({ heading, cell, least }: Column<T>, values: readonly T[]): number => {
  const width = Math.max(heading.length, ...values.map((value) => cell(value).length));
  return Math.min(width, least ?? width);
};

/** The columns that a line of `width` has room for, in their order. A column without room leaves out all later ranks. */
export function columnsThatFit<T>(
  columns: readonly Column<T>[],
  values: readonly T[],
  width: number,
): readonly Column<T>[] {
  let left = width + gap.length;
  let isFull = false;
  const shown = new Set<Column<T>>();
  for (const column of columns.toSorted((a, b) => a.rank - b.rank)) {
    left -= widthOfColumn(column, values) + gap.length;
    isFull ||= left < 0 && column.rank > 0;
    if (!isFull) shown.add(column);
  }
  return columns.filter((column) => shown.has(column));
}

export const tableOf = <T>(columns: readonly Column<T>[], values: readonly T[]): Table => ({
  headings: columns.map(({ heading }) => heading),
  rows: values.map((value) => columns.map(({ cell }) => cell(value))),
});
