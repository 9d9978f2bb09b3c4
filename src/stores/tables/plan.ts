import type { SetupOptions } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { type Mark, withMark } from './mark.ts';
import { completedMark, newMark } from './own-mark.ts';

/** The plan for a table that fits; `comment` is the table's comment afterwards. */
export type Claim =
  | { readonly action: 'mark' | 'remark'; readonly comment: string }
  | { readonly action: 'adopt' | 'verify' };

/**
 * The claim to a table that fits: a mark that is new, or completed by spent tokens. A table whose comment cannot be
 * written, by the role's rights or its length, is used without a mark.
 */
export function claimOf(
  { comment, mark }: { readonly comment: string | null; readonly mark: Mark | undefined },
  options: SetupOptions,
  isWritable: (comment: string) => boolean,
): Claim {
  const wanted = mark ? completedMark(mark, options) : newMark('adopted', options, undefined);
  const text = wanted && withMark(comment, wanted);
  if (text === undefined || !isWritable(text)) return { action: mark ? 'verify' : 'adopt' };
  return { action: mark ? 'remark' : 'mark', comment: text };
}

/** The refusal of a table that set-up was to create, and that it did not create. */
export const alreadyExists = (name: string): StoreError =>
  new StoreError(
    'AlreadyExists',
    `Table ${name} exists and was not made by this SessionStore: name another, or set setup.ifExists to Adopt`,
  );

/** Throws ShapeMismatch for a table that another one refers to, except the layout's own children. */
export function requireUnreferenced(
  name: string,
  reference: { readonly constraint: string; readonly table: string } | undefined,
): void {
  if (!reference) return;
  throw new StoreError(
    'ShapeMismatch',
    `Table ${name} cannot be overwritten: foreign key ${reference.constraint} of ${reference.table} refers to it. ` +
      'Drop that first',
  );
}
