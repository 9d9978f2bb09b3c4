import type { TableForm } from '../../layouts/table-form.ts';
import { StoreError } from '../store-error.ts';

/** Throws StoreMissing, without a table, for a layout of which only the library makes a table. `what`: `Table x`. */
export function requireMadeHere(
  { madeBy }: Pick<TableForm, 'madeBy'>,
  layoutName: string,
  what: string,
): void {
  if (madeBy !== 'library') return;
  throw new StoreError(
    'StoreMissing',
    `${what} does not exist, and set-up makes no table of the layout ${layoutName}: run the library's own migration, or ` +
      'create the table as the application expects it; then set-up adopts it',
  );
}

/** Throws InvalidInput for a layout of which set-up could not make the table again, or shares it with other rows. */
export function requireOverwritableLayout(
  { madeBy, only }: Pick<TableForm, 'madeBy' | 'only'>,
  layoutName: string,
): void {
  if (madeBy !== 'library' && only === undefined) return;
  throw new StoreError(
    'InvalidInput',
    `Expected setup.ifExists to be Adopt or Fail for the layout ${layoutName}, whose table its own library or application ` +
      'makes; found Overwrite. To empty the table, run a statement of your own',
  );
}
