import { z } from 'zod';
import { ownerSchema } from '../../api/owner.ts';
import { spentTokensOf, spentTokensSchema } from '../../api/spent-tokens.ts';
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

/** A mark in a comment, with the line break before it: a sentence for people, then the same for programs. */
const block = new RegExp(
  String.raw`\n?(?:(?:Made|Adopted) by SessionStore \S+\. )?${tag}${version} (\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\})`,
);

/** The mark as it stands in a comment. */
export function markText({ spentTokens, ...mark }: Mark): string {
  const json = JSON.stringify({ ...mark, ...(spentTokens.length > 0 && { spentTokens }) });
  const verb = mark.origin === 'created' ? 'Made' : 'Adopted';
  return `${verb} by SessionStore ${mark.namespace}/${mark.name}. ${tag}${version} ${json}`;
}

/** The mark in a comment, wherever it stands; `unreadable` where there is one that this version does not understand. */
export function markOf(comment: string | null): Mark | 'unreadable' | undefined {
  const tags = comment?.split(tag).length ?? 1;
  if (comment === null || tags === 1) return undefined;
  const [, json] = block.exec(comment) ?? [];
  if (json === undefined || tags > 2) return 'unreadable';
  try {
    return markSchema.safeParse(JSON.parse(json)).data ?? 'unreadable';
  } catch (error) {
    if (error instanceof SyntaxError) return 'unreadable';
    throw error;
  }
}

/** A comment without the mark: what people wrote. */
export const commentWithoutMark = (comment: string | null): string => (comment ?? '').replace(block, '');

/** The comment with that mark in the place of any other: what people wrote stays as it is, before it. */
export function withMark(comment: string | null, mark: Mark): string {
  const text = commentWithoutMark(comment);
  return text === '' ? markText(mark) : `${text}\n${markText(mark)}`;
}

/** Whether the owner wrote the mark. */
export function isOwn(mark: Mark, owner: Owner): boolean {
  return (
    mark.installation === owner.installation && mark.namespace === owner.namespace && mark.name === owner.name
  );
}
