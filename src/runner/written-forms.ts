import { visible } from '../api/visible.ts';

/** The ways in which a message may write one character of a value, in lower case. */
type Written = readonly string[];

const hexOf = (number: number, length: number) => number.toString(16).padStart(length, '0');
const percentEncoded = (character: string) =>
  [...Buffer.from(character)].map((byte) => `%${hexOf(byte, 2)}`).join('');

const shortEscapes: Readonly<Record<string, string>> = {
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\b': 'b',
  '\f': 'f',
  '\0': '0',
  '\u001b': 'e',
};

/** Only ASCII is changed, so that indexes stay valid in both texts. */
export const lowerCased = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

function writingsOf(character: string): Written {
  const units = [...Array(character.length).keys()].map((at) => character.charCodeAt(at));
  const letter = shortEscapes[character] ?? character;
  const ways = [
    character,
    percentEncoded(character),
    units.map((unit) => `\\u${hexOf(unit, 4)}`).join(''),
    `\\x${hexOf(units[0] ?? 0, 2)}`,
    visible(character),
    // JSON, a shell, a program's literal; JSON within JSON.
    ...[1, 2, 3].map((count) => '\\'.repeat(count) + letter),
    ...(/['"`]/.test(character) ? [character + character] : []),
    ...(character === ' ' ? ['+'] : []),
    ...(character === '\\' ? ['\\'.repeat(8)] : []),
  ];
  return [...new Set(ways.map(lowerCased))];
}

/** The parts of base64 that do not depend on the neighbours of the value, for each of its three alignments. */
function base64Of(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const texts = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const isCutShort = (before + bytes.length) % 3 !== 0;
    return text.slice([0, 2, 3][before], isCutShort ? -1 : undefined);
  });
  return [...texts, ...texts.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))];
}

/** Shorter encodings match by chance. */
const shortestEncoding = 6;

/** A form of a value: for each of its characters the ways to write it. */
export type Form = readonly Written[];

/** The value character by character, and its encodings that mix characters. */
export function formsOf(value: string): readonly Form[] {
  const encoded = [...new Set([...base64Of(value), Buffer.from(value).toString('hex')])]
    .filter((form) => form.length >= shortestEncoding)
    .map((form) => [...lowerCased(form)].map((character) => [character]));
  return [[...value].map(writingsOf), ...encoded];
}

/** The ends of each way to write a character, from each of the places. */
function endsAfter(text: string, places: readonly number[], written: Written): readonly number[] {
  const ends: number[] = [];
  for (const place of places) {
    for (const way of written) {
      if (text.startsWith(way, place) && !ends.includes(place + way.length)) ends.push(place + way.length);
    }
  }
  return ends;
}

/** The end of a form that begins at `at` in lower-cased text, and how many of its characters are there. */
export function endOf(
  text: string,
  at: number,
  form: Form,
): { readonly end: number; readonly count: number } {
  let ends: readonly number[] = [at];
  let count = 0;
  for (const written of form) {
    const next = endsAfter(text, ends, written);
    if (next.length === 0) break;
    ends = next;
    count += 1;
  }
  return { end: Math.max(...ends), count };
}
