import { z } from 'zod';
import { ownerSchema } from '../../api/owner.ts';
import { parsedJson } from '../../api/parsed-json.ts';
import { spentTokensOf, spentTokensSchema } from '../../api/spent-tokens.ts';
import type { Owner } from '../session-store.ts';

const markSchema = ownerSchema
  .extend({
    /** Whether set-up created or found the table. */
    origin: z.enum(['created', 'adopted']),
    spentTokens: spentTokensSchema.optional(),
    /** The last spent token; only in marks of earlier versions. */
    overwriteToken: z.string().max(64).optional(),
  })
  .transform(({ overwriteToken, spentTokens, ...mark }) => ({
    ...mark,
    spentTokens: spentTokensOf({ spentTokens, overwriteToken }),
  }));

/**
 * The SessionStore that provisions a table, recorded in the table's comment. Written in the transaction of the DDL, so
 * there is no intermediate state to record.
 */
export type Mark = z.output<typeof markSchema>;

const tag = 'sessionstore.dev/mark/';
const version = 'v1';

/** A mark in a comment, with the line break before it: a sentence for people, then the data for programs. */
const block = new RegExp(
  String.raw`\n?(?:(?:Made|Adopted) by SessionStore \S+\. )?${tag}${version} (\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\})`,
);

/** The text of the mark in a comment. */
export function markText({ spentTokens, ...mark }: Mark): string {
  const json = JSON.stringify({ ...mark, ...(spentTokens.length > 0 && { spentTokens }) });
  const verb = mark.origin === 'created' ? 'Made' : 'Adopted';
  return `${verb} by SessionStore ${mark.namespace}/${mark.name}. ${tag}${version} ${json}`;
}

/** The mark in a comment, at any position; `unreadable` if this version cannot read it. */
export function markOf(comment: string | null): Mark | 'unreadable' | undefined {
  const tags = comment?.split(tag).length ?? 1;
  if (comment === null || tags === 1) return undefined;
  const [, json] = block.exec(comment) ?? [];
  if (json === undefined || tags > 2) return 'unreadable';
  return markSchema.safeParse(parsedJson(json)).data ?? 'unreadable';
}

/** A comment without the mark: the text of its users. */
export const commentWithoutMark = (comment: string | null): string => (comment ?? '').replace(block, '');

/** The comment with this mark instead of any other; the text of its users stays unchanged before the mark. */
export function withMark(comment: string | null, mark: Mark): string {
  const text = commentWithoutMark(comment);
  return text === '' ? markText(mark) : `${text}\n${markText(mark)}`;
}

/** True if the mark belongs to the owner. */
export function isOwn(mark: Mark, owner: Owner): boolean {
  return (
    mark.installation === owner.installation && mark.namespace === owner.namespace && mark.name === owner.name
  );
}
