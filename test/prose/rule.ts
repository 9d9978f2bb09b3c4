/** A word or an opening that readers stumble over, and the wording in its place. */
interface Refused {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** Openings that leave a sentence without a named subject. */
const openings: readonly Refused[] = [
  /^(what|who|whoever|whatever|whose|whom)\b/i,
  /^(the )?one that\b/i,
  /^(nobody|no one|none|nothing|somebody|anybody|nor)\b/i,
].map((pattern) => ({ pattern, instead: 'begin with a named noun or a verb' }));

/** Words of old books, or common words in a meaning that a dictionary gives last. */
const words: readonly Refused[] = [
  { pattern: /\banew\b/i, instead: 'again' },
  { pattern: /\bfor ever\b/i, instead: 'indefinitely' },
  { pattern: /\bbesides\b/i, instead: 'also' },
  { pattern: /\b(told|tells?|telling) of\b/i, instead: 'reported, reports' },
  { pattern: /(?<!\bthere )\b(is|are|was|were|be) none\b/i, instead: 'is not a …' },
  { pattern: /\bbut for\b/i, instead: 'except' },
  { pattern: /\b(come|comes|came) to (its|their|an) end\b/i, instead: 'finish' },
];

/** Words that hide who acts, and old words: a few are right, many are a habit. `None` is Python's. */
export const subjectless = /\b(nobody|no one|none|[Nn]othing)\b/;
export const oldWords =
  /\b(anew|besides|told of|whose|whom|whoever|whatever|lies?|lying|mend(s|ed)?|thereby)\b/i;

/** Each sentence of a text: of its paragraphs, list items and cells of tables. */
export const sentencesOf = (text: string): string[] =>
  text
    .split(/\n\s*\n|\n\s*(?=[-*] )|\|/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').trim())
    .flatMap((paragraph) => paragraph.split(/(?<=[.!?][)`'"’*]*) +(?=["'(`*…]*[\p{Lu}`…])/u))
    .map((sentence) => sentence.replace(/^[^\p{L}`…]+/u, ''))
    .filter((sentence) => /\p{L}{2}/u.test(sentence));

const isQuestion = (sentence: string): boolean => /\?\W*$/.test(sentence);

const withoutCode = (sentence: string): string => sentence.replace(/`[^`]*`/g, '`…`');

/** The openings and words of a text that the rule refuses, each with its sentence and the wording in its place. */
export const refusedIn = (text: string): string[] =>
  sentencesOf(text).flatMap((sentence) =>
    [...(isQuestion(sentence) ? [] : openings), ...words]
      .filter(({ pattern }) => pattern.test(withoutCode(sentence)))
      .map(({ instead }) => `${instead}: “${sentence}”`),
  );
