import { spentTokensAfter } from '../overwrite-token.ts';
import type { CleanupOptions, Owner, SetupOptions } from '../session-store.ts';
import { StoreError } from '../store-error.ts';
import { commentWithoutMark, isOwn, type Mark, markOf } from './mark.ts';

/** How a server names a table in a message, and the statement that changes its comment. */
interface MarkWords<Target> {
  readonly nameOf: (target: Target) => string;
  readonly writeComment: (target: Target, text: string) => string;
}

/** A longer text would be cut in a message, and a control character would not be shown unchanged. */
const quotable = /^[^\p{Cc}]{0,200}$/u;

/** Instruction for removing the mark from a comment, which keeps the text of its users. */
function clearing(comment: string | null, write: (text: string) => string): string {
  const text = commentWithoutMark(comment);
  return quotable.test(text)
    ? write(text)
    : `${write('…')}, where … is the text of its comment without the mark`;
}

type MarkReader<Target> = (
  table: { readonly comment: string | null },
  target: Target,
  owner: Owner,
) => Mark | undefined;

/** Reads a table's mark if it is the owner's; undefined without a mark. Throws Conflict, naming the other owner. */
export const markReader =
  <Target>({ nameOf, writeComment }: MarkWords<Target>): MarkReader<Target> =>
  ({ comment }, target, owner) => {
    const mark = markOf(comment);
    if (mark === undefined || (mark !== 'unreadable' && isOwn(mark, owner))) return mark;
    const who =
      mark === 'unreadable'
        ? 'a SessionStore of another version (its mark cannot be read)'
        : `SessionStore ${mark.namespace}/${mark.name} of installation ${mark.installation}`;
    throw new StoreError(
      'Conflict',
      `Table ${nameOf(target)} belongs to ${who}, by its comment; this is ${owner.namespace}/${owner.name} ` +
        `of installation ${owner.installation}. Name another table. Deleting a SessionStore leaves its ` +
        'store and its mark: if no SessionStore cleans this table any more, ' +
        clearing(comment, (text) => writeComment(target, text)),
    );
  };

/**
 * Throws StoreMissing if clean-up finds no mark, so that set-up writes one: an unclaimed table may belong to another
 * store. A table without a mark is cleaned only if set-up reported that it could not mark the table.
 */
export function requireClaim(
  mark: Mark | undefined,
  name: string,
  { marked }: Pick<CleanupOptions, 'marked'>,
): void {
  if (mark || marked === false) return;
  throw new StoreError(
    'StoreMissing',
    `Expected table ${name} to carry the mark of this SessionStore in its comment; found none. No ` +
      'session was deleted: set-up has to run again',
  );
}

/** Note of set-up for a table that it could not mark. */
export const unmarkedNote = (why: string): string =>
  `not marked as this SessionStore's: ${why}. Until then another SessionStore could use the same ` +
  'table, and the table is never overwritten';

/** The mark that set-up writes, in place of an existing one. */
export function newMark(origin: Mark['origin'], options: SetupOptions, old: Mark | undefined): Mark {
  const { installation, namespace, name } = options.owner;
  return { installation, namespace, name, origin, spentTokens: spentTokensAfter(options, old) };
}

/** The mark with the spent tokens of status that it lacks, for example after a restore; otherwise undefined. */
export function completedMark(mark: Mark, options: SetupOptions): Mark | undefined {
  const spentTokens = spentTokensAfter(options, mark);
  return spentTokens.length > mark.spentTokens.length ? { ...mark, spentTokens } : undefined;
}

/**
 * Throws ShapeMismatch if an overwrite would destroy a table that is not known to hold sessions and was not created by
 * set-up. An adopted table belonged to another owner, who may have changed its shape since.
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
