import { StoreError } from '../store-error.ts';

/** Throws ShapeMismatch with every difference between a table and its layout. */
export function requireFit(
  name: string,
  { layoutName }: { readonly layoutName: string },
  problems: readonly string[],
  hint: () => string = () => '',
): void {
  if (problems.length === 0) return;
  throw new StoreError(
    'ShapeMismatch',
    `Table ${name} does not fit the layout ${layoutName}: ${problems.join('; ')}${hint()}`,
  );
}

/** Throws ReadOnly. */
export function requireWritable(readOnly: boolean, why: string): void {
  if (!readOnly) return;
  throw new StoreError('ReadOnly', `${why}: name the primary, or wait for it`);
}

/** The error for a table that set-up was about to change. */
export const changedMeanwhile = (name: string): StoreError =>
  new StoreError('LockTimeout', `Table ${name} was changed by another client while set-up checked it`);
