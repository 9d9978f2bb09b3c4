import { styleText } from 'node:util';

/** A stream that text goes to: a terminal, a pipe or a file. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The surroundings of a command; `process` has this form. */
export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ctrl+C: as `process` reports it. A terminal without these two is never interrupted. */
  on?(event: 'SIGINT', listener: () => void): unknown;
  off?(event: 'SIGINT', listener: () => void): unknown;
}

/** The tone of a text, shown by colour; its words say the same to those who see no colours. */
export type Tone = 'good' | 'bad' | 'waiting' | 'faint' | 'strong';

const formats = { good: 'green', bad: 'red', waiting: 'yellow', faint: 'dim', strong: 'bold' } as const;

/** Colours text for an output: only on a terminal, and not if NO_COLOR is set (https://no-color.org). */
export function painter(output: Output, env: Terminal['env']): (tone: Tone, text: string) => string {
  const isPlain = !output.isTTY || Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb';
  return (tone, text) => (isPlain ? text : styleText(formats[tone], text, { validateStream: false }));
}

/** The columns that a line may have; undefined where nobody sees its end: in a pipe or a file. */
export const widthOf = ({ isTTY, columns }: Output): number | undefined =>
  isTTY ? columns || 80 : undefined;

/** True if the locale says that the terminal shows UTF-8: the first of these variables that is set decides. */
export const showsUtf8 = ({ LC_ALL, LC_CTYPE, LANG }: Terminal['env']): boolean =>
  /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '');
