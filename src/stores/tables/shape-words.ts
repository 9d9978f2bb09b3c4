import type { TableForm } from '../../layouts/table-form.ts';

/** The difference of an object that is not a table; `kind`: `a view`. */
export const notATable = (kind = 'not a table'): string => `it is ${kind}, and only a table can be cleaned`;

/** The note on a table whose rows no index has in order of time. */
export const noTimeIndex = ({ timeIndex }: Pick<TableForm, 'timeIndex'>): string =>
  `no index on ${timeIndex.column}: clean-up works without it and reads the whole table each time`;
