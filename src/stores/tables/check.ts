import { StoreError } from '../store-error.ts';
import { misfit } from './lookalike.ts';

/** Throws ShapeMismatch with every difference between a table and its layout, and the layouts that it looks like. */
export function requireFit(
  name: string,
  { layoutName }: { readonly layoutName: string },
  problems: readonly string[],
  alike: () => readonly string[] = () => [],
): void {
  if (problems.length === 0) return;
  throw new StoreError('ShapeMismatch', misfit(name, layoutName, problems, alike()));
}

/** The error of a clean-up without its table, or without the schema of that. */
export const storeMissing = (what: string): StoreError =>
  new StoreError('StoreMissing', `Expected ${what}; it does not exist: set-up has to run again`);

/** Throws ReadOnly. */
export function requireWritable(readOnly: boolean, why: string): void {
  if (!readOnly) return;
  throw new StoreError('ReadOnly', `${why}: name the primary, or wait for it`);
}

/** The error for a table that set-up was about to change. */
export const changedMeanwhile = (name: string): StoreError =>
  new StoreError('LockTimeout', `Table ${name} was changed by another client while set-up checked it`);
