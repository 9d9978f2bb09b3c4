/**
 * Files in a folder, one for each session. All of it is data that structuredClone() can copy, as clean-up hands it to
 * threads. File names are bytes, each as one character (latin1).
 */
export interface FileForm {
  readonly name: FileName;
  /**
   * Levels of folders above a session's file, each named by one character: the first ones of its id. They are never
   * made or removed. Absent: 0.
   */
  readonly depth?: number;
  /** The kind of content. Absent: it is never read, as the time of change tells everything. */
  readonly content?: FileContent;
  /** How to tell a session's time: the first rule counts that finds its fields in the content. */
  readonly rules: readonly [FileRule, ...FileRule[]];
  /**
   * True if the library writes the file at each change of its time, which is never before the time of change: a file
   * that was changed after the cutoff is live, and is not read.
   */
  readonly endsAfterChange?: true;
  /** True if the library also has sessions without a byte: they have no fields. Absent: such a file is being written. */
  readonly mayBeEmpty?: true;
  /** How the first 64 bytes of a session begin, as latin1; absent: in any way. */
  readonly head?: RegExp;
  /** Names that the library uses for other files, though sessions could have them. */
  readonly reserved?: readonly string[];
  /** Reserved files in which the library counts its sessions: clean-up sets them to 0. */
  readonly counters?: Counters;
  /** True if any program may save a session as the file's content; absent: only the library does. */
  readonly saves?: true;
  /** The fields of spec.layoutOptions that apply. */
  readonly options?: readonly FileOption[];
}

export type FileOption = 'ttl' | 'depth' | 'prefix' | 'timeZone';

interface Counters {
  readonly names: readonly string[];
  /** The content that is read as 0, as latin1, whatever follows it. */
  readonly zero: string;
}

/** A session's file name: prefix, id, suffix. Dot-files, folders and links are never sessions. */
interface FileName {
  readonly prefix?: string;
  readonly suffix?: string;
  /** Anchored at both ends. */
  readonly id: RegExp;
  /** The part behind the prefix in names of temporary files, which a killed writer leaves; anchored. */
  readonly leftover?: RegExp;
}

/**
 * `json`: an object. `django`: Django's signed one, base64 and perhaps compressed. `uint32`: a number in the machine's
 * byte order before everything else; its field has no name.
 */
type FileContent = 'json' | 'django' | 'uint32';

/** A session's time: an instant, and perhaps a lifetime from then on. */
export interface FileRule {
  readonly at: 'mtime' | InstantField;
  /** Seconds, a field, or the spec's `layoutOptions.ttl`. A field that is missing, null or 0 does not count. */
  readonly plus?: number | LifetimeField | 'ttl';
  /** A field that the content must have, with any value. Absent: none. */
  readonly needs?: Field;
}

interface Field {
  /** Names from the outermost object inwards; empty for a `uint32`. */
  readonly path: readonly string[];
}

export interface InstantField extends Field {
  /** Since 1970; `iso`: text in ISO 8601. */
  readonly unit: 's' | 'ms' | 'iso';
  /** The zone of text without one: the spec's `layoutOptions.timeZone`. Absent: the westernmost. */
  readonly timeZone?: string;
  /** Numbers that mean that the session never ends. */
  readonly never?: readonly number[];
}

export interface LifetimeField extends Field {
  readonly unit: 's' | 'ms';
}

/** The values of spec.layoutOptions for files. */
export interface FileOptions {
  /** Seconds. */
  readonly ttl?: number | undefined;
  readonly depth?: number | undefined;
  readonly prefix?: string | undefined;
  readonly timeZone?: string | undefined;
}

/** The form with the spec's options in place. A lifetime that the spec leaves out stays `ttl`, and no store opens it. */
export function resolvedFileForm(form: FileForm, options: FileOptions): FileForm {
  const { ttl, depth, prefix, timeZone } = Object.fromEntries(
    Object.entries(options).filter(([name]) =>
      (form.options as readonly string[] | undefined)?.includes(name),
    ),
  ) as FileOptions;
  const resolved = ({ at, plus, ...others }: FileRule): FileRule => ({
    ...others,
    at: typeof at === 'object' && timeZone !== undefined ? { ...at, timeZone } : at,
    ...(plus !== undefined && { plus: plus === 'ttl' ? (ttl ?? plus) : plus }),
  });
  const [first, ...others] = form.rules;
  return {
    ...form,
    rules: [resolved(first), ...others.map(resolved)],
    ...(depth !== undefined && { depth }),
    ...(prefix !== undefined && { name: { ...form.name, prefix } }),
  };
}

/** True if the form needs the spec's `layoutOptions.ttl` and does not have it. */
export const lacksTtl = ({ rules }: FileForm): boolean => rules.some(({ plus }) => plus === 'ttl');

/** The id in a session's file name; undefined for any other name. */
export function idInName({ name, reserved }: FileForm, file: string): string | undefined {
  const { prefix = '', suffix = '', id } = name;
  if (file.startsWith('.') || !file.startsWith(prefix) || !file.endsWith(suffix)) return undefined;
  const middle = file.slice(prefix.length, file.length - suffix.length);
  const isSession = middle !== '' && id.test(middle) && !reserved?.includes(file);
  return isSession ? middle : undefined;
}

/** True if the library's own temporary files have such a name. */
export function isLeftoverName({ name }: FileForm, file: string): boolean {
  const { prefix = '', leftover } = name;
  if (!leftover || file.startsWith('.') || !file.startsWith(prefix)) return false;
  return leftover.test(file.slice(prefix.length));
}

/** True if the library gives its files such a name, sessions or others. */
export const isLibraryName = (form: FileForm, file: string): boolean =>
  idInName(form, file) !== undefined || isLeftoverName(form, file) || form.reserved?.includes(file) === true;

/** True if a file that begins with these bytes can be a session; one without bytes may be about to be written. */
export const looksLikeSession = ({ head }: FileForm, first: string): boolean =>
  first === '' || head === undefined || head.test(first);

/** The file name of an id, whether or not it is a valid one. */
export const nameOfId = ({ name: { prefix = '', suffix = '' } }: FileForm, id: string): string =>
  `${prefix}${id}${suffix}`;

/** The path below the session folder of a file with that name: `a/b/sess_ab…` at a depth of 2. */
export function pathInFolder({ name: { prefix = '' }, depth = 0 }: FileForm, file: string): string {
  const levels = file.slice(prefix.length, prefix.length + depth);
  return depth === 0 ? file : `${[...levels].join('/')}/${file}`;
}
