import type { TableForm } from '../../layouts/table-form.ts';
import { StoreError } from '../store-error.ts';

/** Throws StoreMissing if the table does not exist and the layout leaves it to the library to make it. */
export function requireMakeable({ madeBy }: TableForm, layoutName: string, name: string): void {
  if (madeBy === undefined) return;
  throw new StoreError(
    'StoreMissing',
    `Expected table ${name}; it does not exist, and the layout ${layoutName} leaves it to the library’s own migration: ` +
      'run that first; the next set-up then adopts the table',
  );
}

/** Throws InvalidInput if set-up was to make a table again that only the library makes. */
export function requireReplaceable({ madeBy }: TableForm, layoutName: string, name: string): void {
  if (madeBy === undefined) return;
  throw new StoreError(
    'InvalidInput',
    `Table ${name} cannot be overwritten: the layout ${layoutName} leaves it to the library’s own migration. ` +
      'Set setup.ifExists to Adopt, and empty the table yourself',
  );
}
