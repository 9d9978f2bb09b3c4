import type { AgeKind } from '../../layouts/layout.ts';
import { type TableForm, timeColumnOf } from '../../layouts/table-form.ts';
import { StoreError } from '../store-error.ts';
import { familyOf } from './shape-types.ts';

/** True if a session is bytes and a time of change, with nothing else in its row: saved here as by its own library. */
export function isOwnForm(layout: TableForm, age: AgeKind): boolean {
  const { key, payload, columns } = layout;
  const known = [key.column, payload, timeColumnOf(layout)];
  const isWhole = columns.length === known.length && columns.every(({ name }) => known.includes(name));
  const takesBytes = columns.some(({ name, type }) => name === payload && familyOf(type) === 'bytes');
  return age === 'modified' && key.is !== 'plain' && isWhole && takesBytes && layout.madeBy !== 'library';
}

/** Throws InvalidInput for a layout with more in a session's row than bytes and a time of change. */
export function requireOwnForm(layout: TableForm, age: AgeKind, layoutName: string): void {
  if (isOwnForm(layout, age)) return;
  throw new StoreError(
    'InvalidInput',
    `Expected a layout whose sessions are bytes and a time of change; ${layoutName} keeps more than that ` +
      '(an expiry, or columns of its own): save its sessions with its own library',
  );
}
