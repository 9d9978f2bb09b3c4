import { inflateSync } from 'node:zlib';
import { isJsonObject, parsedJson } from '../../../api/parsed-json.ts';
import {
  type FileForm,
  type FileRule,
  type InstantField,
  type LifetimeField,
  looksLikeSession,
} from '../../../layouts/file-form.ts';
import { isoTime } from './iso-time.ts';
import { fieldsIn, wantedOf } from './json-fields.ts';

/** The longest content that is read, before and after decompression. A longer session is kept as unreadable. */
const longestContent = 2_097_152;

/** Longer text is not parsed whole, which would take twenty times its memory in each thread; shorter text is faster so. */
const longestParsed = 65_536;

export interface BytesNeeded {
  readonly most: number;
  /** True if a longer file cannot be read. */
  readonly isWhole: boolean;
}

/** The bytes of a file that its time is read from; undefined where the time is not in it. */
export function bytesNeeded({ content }: FileForm): BytesNeeded | undefined {
  if (content === undefined) return undefined;
  return content === 'uint32' ? header : whole;
}

const header: BytesNeeded = { most: 64, isWhole: false };
const whole: BytesNeeded = { most: longestContent, isWhole: true };

/**
 * The instant that decides about a session, in milliseconds since 1970: its end, or its last change. Infinity: it never
 * ends. Undefined: the content does not tell, as it is something else, or is being written.
 */
export function timeOf(form: FileForm, bytes: Buffer, mtimeMs: number): number | undefined {
  const fields = fieldsOf(form, bytes);
  if (fields === undefined) return undefined;
  for (const rule of form.rules) {
    const time = timeBy(rule, fields, mtimeMs);
    if (typeof time === 'number') return time;
    // A field with another value must not be overruled by the next rule.
    if (time === 'Nonsense') return undefined;
  }
  return undefined;
}

type Value = number | 'Missing' | 'Nonsense';

function timeBy({ at, plus, needs }: FileRule, fields: unknown, mtimeMs: number): Value {
  if (needs && valueAt(needs.path, fields) === undefined) return 'Missing';
  const from = at === 'mtime' ? mtimeMs : instantIn(at, fields);
  const span = plus === undefined ? 0 : lifetimeOf(plus, fields);
  if (typeof from === 'number' && typeof span === 'number') return from + span;
  return from === 'Nonsense' || span === 'Nonsense' ? 'Nonsense' : 'Missing';
}

function lifetimeOf(plus: number | LifetimeField | 'ttl', fields: unknown): Value {
  if (typeof plus === 'number') return plus * 1000;
  if (plus === 'ttl') return 'Missing';
  const value = valueAt(plus.path, fields);
  // Express and Django treat a lifetime of 0 as a missing one.
  if (value === undefined || value === null || value === 0) return 'Missing';
  return typeof value === 'number' ? inMs(value, plus.unit) : 'Nonsense';
}

/** Times outside of these years are in the wrong unit, or no times: an age must not follow from them. */
const [earliest, latest] = [Date.UTC(2000), Date.UTC(10_000)];

function instantIn({ path, unit, never, timeZone }: InstantField, fields: unknown): Value {
  const value = valueAt(path, fields);
  if (value === undefined || value === null) return 'Missing';
  // Django's one field is text or a number, each with a rule of its own.
  if (unit === 'iso') return typeof value === 'string' ? ifPlausible(isoTime(value, timeZone)) : 'Missing';
  if (typeof value !== 'number') return 'Nonsense';
  return never?.includes(value) ? Number.POSITIVE_INFINITY : ifPlausible(inMs(value, unit));
}

const ifPlausible = (time: number): Value => (time >= earliest && time < latest ? time : 'Nonsense');

const inMs = (value: number, unit: 's' | 'ms'): number => (unit === 's' ? value * 1000 : value);

function valueAt(path: readonly string[], fields: unknown): unknown {
  return path.reduce<unknown>(
    (value, name) => (isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    fields,
  );
}

/** The content's fields; undefined where it cannot be read. */
function fieldsOf(form: FileForm, bytes: Buffer): unknown {
  const { content, mayBeEmpty } = form;
  if (content === undefined || (mayBeEmpty && bytes.length === 0)) return {};
  if (bytes.length === 0 || bytes.length > longestContent) return undefined;
  if (!looksLikeSession(form, bytes.toString('latin1', 0, 64))) return undefined;
  if (content === 'uint32') return uint32In(bytes);
  const text = content === 'json' ? bytes.toString('utf8') : djangoText(bytes.toString('latin1'));
  if (text === undefined) return undefined;
  return text.length > longestParsed ? fieldsIn(text, wantedOf(pathsIn(form))) : objectIn(text);
}

function objectIn(text: string): unknown {
  const value = parsedJson(text);
  return isJsonObject(value) ? value : undefined;
}

const pathsIn = ({ rules }: FileForm): readonly (readonly string[])[] =>
  rules
    .flatMap(({ at, plus, needs }) => [at, plus, needs])
    .flatMap((from) => (typeof from === 'object' ? [from.path] : []));

/** In the machine's own byte order, as Python's `struct.pack("I")` writes it. */
const uint32In = (bytes: Buffer): number | undefined =>
  bytes.length < 4 ? undefined : new Uint32Array(new Uint8Array(bytes.subarray(0, 4)).buffer)[0];

const djangoPattern = /^(\.?)([\w-]+):\w+:[\w-]+$/;

/** The JSON in what django.core.signing.dumps() gives. The signature is not checked: only Django has its key. */
function djangoText(text: string): string | undefined {
  const [, isCompressed, base64 = ''] = djangoPattern.exec(text) ?? [];
  const data = Buffer.from(base64, 'base64url');
  if (!isCompressed) return data.toString('latin1');
  try {
    return inflateSync(data, { maxOutputLength: longestContent }).toString('latin1');
  } catch {
    return undefined;
  }
}
