import { endOf, type Form, formsOf, lowerCased } from './written-forms.ts';

/** A value of the connection's Secret, and the name that a message shows instead. */
export interface Credential {
  /** The key of the value. */
  readonly name: string;
  readonly value: string;
  /**
   * The point from which the value may be shown. `resolved`: its host has an address. `admitted`: the server accepted
   * the login.
   */
  readonly shownOnce?: 'resolved' | 'admitted';
}

/** Progress of a run. Until its host has an address, the key `host` may contain the password. */
export type Proven = 'nothing' | 'resolved' | 'admitted';

/** Servers truncate names and messages, so this many characters of a value's beginning count as the value. */
const shortestPrefix = 12;

/**
 * A short value, or a plain word, also occurs in unrelated sentences; replacing it there would disclose it. Such a
 * value is replaced only inside quotations.
 */
const isWord = (value: string): boolean => value.length < 8 || (value.length < 16 && /^[a-z]+$/i.test(value));

type Place = (before: string, after: string) => boolean;

const anywhere: Place = () => true;
/** Quoted, or in a URI or an assignment. */
const quoted: Place = (before, after) =>
  (/["'`“‘«‹]$/.test(before) && /^["'`”’»›]/.test(after)) ||
  (before.endsWith(':') && after.startsWith('@')) ||
  (before.endsWith('=') && /^($|[&\s;,)\]])/.test(after));
/** Drivers and this program name hosts without quotation marks. */
const wholeWord: Place = (before, after) => !/[a-z0-9_-]$/.test(before) && !/^[a-z0-9_-]/.test(after);

const placeOf = ({ name, value }: Credential): Place =>
  !isWord(value) ? anywhere : name === 'host' ? wholeWord : quoted;

interface HiddenForm {
  readonly name: string;
  readonly form: Form;
  readonly place: Place;
}

/** Each line of a PEM counts separately as well, because a parser may quote one. */
const linesOf = (value: string): readonly string[] => [
  value,
  ...value.split(/\r?\n/).filter((line) => line.length >= shortestPrefix && !line.startsWith('-----')),
];

const hiddenFormsOf = (credential: Credential): readonly HiddenForm[] =>
  linesOf(credential.value).flatMap((line) =>
    formsOf(line).map((form) => ({ name: credential.name, form, place: placeOf(credential) })),
  );

/** The end of a form that starts here, if it does: as a whole, or a telling part of its beginning. */
function endAt(text: string, at: number, { form, place }: HiddenForm): number {
  const { end, count } = endOf(text, at, form);
  if (count < Math.min(form.length, shortestPrefix)) return at;
  return place(text.slice(Math.max(0, at - 1), at), text.slice(end, end + 1)) ? end : at;
}

/** Indexes forms by their possible first characters, because at most places of a text no form starts. */
function byFirstCharacter(forms: readonly HiddenForm[]): ReadonlyMap<string, readonly HiddenForm[]> {
  const index = new Map<string, HiddenForm[]>();
  for (const one of forms) {
    for (const character of new Set(one.form[0]?.map((way) => way.charAt(0)))) {
      index.set(character, [...(index.get(character) ?? []), one]);
    }
  }
  return index;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/** The longest form that starts at each place; forms may overlap. */
function spansOf(text: string, index: ReadonlyMap<string, readonly HiddenForm[]>): readonly Span[] {
  const spans: Span[] = [];
  for (let start = 0; start < text.length; start += 1) {
    let longest: Span = { start, end: start, name: '' };
    for (const one of index.get(text.charAt(start)) ?? []) {
      const end = endAt(text, start, one);
      if (end > longest.end) longest = { start, end, name: one.name };
    }
    if (longest.end > start) spans.push(longest);
  }
  return spans;
}

function redact(text: string, index: ReadonlyMap<string, readonly HiddenForm[]>): string {
  let result = '';
  let at = 0;
  for (const { start, end, name } of spansOf(lowerCased(text), index)) {
    if (start >= at) result += `${text.slice(at, start)}‹${name}›`;
    at = Math.max(at, end);
  }
  return result + text.slice(at);
}

const isShown = ({ shownOnce }: Credential, proven: Proven): boolean =>
  shownOnce !== undefined && (proven === 'admitted' || proven === shownOnce);

/**
 * Removes the values of a connection's Secret from texts, in each form that a driver or a server may write. A secret
 * that equals a value which may be shown stays: replacing it would disclose that they are equal.
 */
export function scrubber(credentials: readonly Credential[], proven: Proven): (text: string) => string {
  const shown = new Set(credentials.filter((one) => isShown(one, proven)).map(({ value }) => value));
  const hidden = credentials.filter(({ value }) => value !== '' && !shown.has(value));
  const index = byFirstCharacter(hidden.flatMap(hiddenFormsOf));
  return (text) => redact(text, index);
}
