import { StoreError } from '../../runner/store-error.ts';
import { spentTokensAfter } from '../overwrite-token.ts';
import type { Owner, SetupOptions } from '../session-store.ts';
import { isOwn, type Mark, markOf } from './mark.ts';

/** A table as a refusal names it, and the statement that takes its mark away. */
export interface Marked {
  readonly name: string;
  readonly clear: string;
}

/** The mark in a comment if it is the owner's, undefined without one. Throws Conflict, naming whose it is. */
export function ownMark(comment: string | null, { name, clear }: Marked, owner: Owner): Mark | undefined {
  const mark = markOf(comment);
  if (mark === undefined || (mark !== 'unreadable' && isOwn(mark, owner))) return mark;
  const who =
    mark === 'unreadable'
      ? 'a SessionStore of another version (its mark cannot be read)'
      : `SessionStore ${mark.namespace}/${mark.name} of installation ${mark.installation}`;
  throw new StoreError(
    'Conflict',
    `Table ${name} belongs to ${who}, by its comment; this is ${owner.namespace}/${owner.name} ` +
      `of installation ${owner.installation}. Name another table. Deleting a SessionStore leaves its store and its mark: if nobody cleans this table any more, ${clear}`,
  );
}

/** The mark that set-up writes, in the place of one that may be there already. */
export function newMark(origin: Mark['origin'], options: SetupOptions, old: Mark | undefined): Mark {
  const { installation, namespace, name } = options.owner;
  return { installation, namespace, name, origin, spentTokens: spentTokensAfter(options, old) };
}

/** The mark once status knows of more spent tokens than it does, as where it comes from a backup; else undefined. */
export function completedMark(mark: Mark, options: SetupOptions): Mark | undefined {
  const spentTokens = spentTokensAfter(options, mark);
  return spentTokens.length > mark.spentTokens.length ? { ...mark, spentTokens } : undefined;
}

/**
 * Throws ShapeMismatch where an overwrite would destroy what is neither known to be sessions nor made by set-up: a table
 * that was adopted belonged to somebody before, who may have given it another shape since.
 */
export function requireOverwritable(
  mark: Mark | undefined,
  name: string,
  layoutName: string,
  problems: readonly string[],
): void {
  if (mark?.origin === 'created' || problems.length === 0) return;
  throw new StoreError(
    'ShapeMismatch',
    `Table ${name} was not made by this SessionStore and does not fit the layout ${layoutName}, so Overwrite leaves it: ` +
      `name another table, or drop this one if its contents may go. Differences: ${problems.join('; ')}`,
  );
}

/** Throws AlreadyExists where set-up was to make a table, and finds one that it did not. */
export function requireOwn({ ifExists }: SetupOptions, mark: Mark | undefined, name: string): void {
  if (ifExists !== 'Fail' || mark) return;
  throw new StoreError(
    'AlreadyExists',
    `Table ${name} exists and was not made by this SessionStore: name another, or set setup.ifExists to Adopt`,
  );
}
