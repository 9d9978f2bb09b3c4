import { z } from 'zod';
import { spentTokensOf, spentTokensSchema } from '../../api/spent-tokens.ts';
import { ownerSchema } from '../../runner/input.ts';
import type { Owner } from '../session-store.ts';

const markSchema = ownerSchema
  .extend({
    /** Whether set-up made the table or found it. */
    origin: z.enum(['created', 'adopted']),
    spentTokens: spentTokensSchema.optional(),
    /** The token that was spent last: in marks of earlier versions alone. */
    overwriteToken: z.string().max(64).optional(),
  })
  .transform(({ overwriteToken, spentTokens, ...mark }) => ({
    ...mark,
    spentTokens: spentTokensOf({ spentTokens, overwriteToken }),
  }));

/**
 * Who provisions a table, as its comment says. It is written in the transaction of the DDL, so that there is no
 * state between begun and done to record.
 */
export type Mark = z.output<typeof markSchema>;

const tag = 'sessionstore.dev/mark/';
const version = 'v1';

/** The comment: a sentence for people, then the same for programs. */
export function markText({ spentTokens, ...mark }: Mark): string {
  const json = JSON.stringify({ ...mark, ...(spentTokens.length > 0 && { spentTokens }) });
  const verb = mark.origin === 'created' ? 'Made' : 'Adopted';
  return `${verb} by SessionStore ${mark.namespace}/${mark.name}. ${tag}${version} ${json}`;
}

/** The mark in a comment; `unreadable` where there is one that this version does not understand. */
export function markOf(comment: string | null): Mark | 'unreadable' | undefined {
  const at = comment?.indexOf(tag) ?? -1;
  if (comment === null || at < 0) return undefined;
  const text = comment.slice(at + tag.length);
  if (!text.startsWith(`${version} `)) return 'unreadable';
  try {
    return markSchema.safeParse(JSON.parse(text.slice(version.length))).data ?? 'unreadable';
  } catch (error) {
    if (error instanceof SyntaxError) return 'unreadable';
    throw error;
  }
}

/** Whether the owner wrote the mark. */
export function isOwn(mark: Mark, owner: Owner): boolean {
  return (
    mark.installation === owner.installation && mark.namespace === owner.namespace && mark.name === owner.name
  );
}
