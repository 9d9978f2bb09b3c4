import { visible } from '../api/visible.ts';
import type { Tone } from './terminal.ts';

/** A named fact for people, of one or more paragraphs. */
export interface Field {
  readonly label: string;
  readonly text: string | readonly string[];
  readonly tone?: Tone;
}

/** The text in lines of at most `width` characters, cut at blanks; a longer word has a line of its own. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    const joined = `${last} ${word}`;
    if (last !== undefined && joined.length <= width) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines;
}

/** Fields as lines: labels in a column, texts beside them. Without a width, a paragraph is one line. */
export function linesOfFields(
  fields: readonly Field[],
  width: number | undefined,
  paint: (tone: Tone, text: string) => string,
): readonly string[] {
  const indent = Math.max(...fields.map(({ label }) => label.length)) + 2;
  const room = Math.max((width ?? Number.POSITIVE_INFINITY) - indent, 24);
  return fields.flatMap(({ label, text, tone }) =>
    [text]
      .flat()
      .flatMap((paragraph) => wrapped(visible(paragraph), room))
      .map((line, index) => {
        const head = index === 0 ? label : '';
        const shown = tone === undefined ? line : paint(tone, line);
        return `${paint('faint', head.padEnd(indent))}${shown}`.trimEnd();
      }),
  );
}
