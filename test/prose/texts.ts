/** A text for readers and the line where it starts. */
export interface Text {
  readonly kind: 'comment' | 'string';
  readonly line: number;
  readonly text: string;
}

interface Language {
  /** The next comment or literal. A scan from one to the next never starts inside either. */
  readonly token: RegExp;
  readonly comment: RegExp;
  /** The code between two parts of one text. */
  readonly between: Readonly<Record<Text['kind'], RegExp>>;
}

const anyOf = (...patterns: readonly RegExp[]): RegExp =>
  new RegExp(patterns.map(({ source }) => source).join('|'), 'g');

const quoted = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/;

const typescript: Language = {
  token: anyOf(
    /\/\*[\s\S]*?\*\/|\/\/.*/,
    quoted,
    /`(?:\\[\s\S]|\$\{(?:[^{}`]|`[^`]*`|\{[^{}]*\})*\}|[^`\\])*`/,
    // A regular expression, which may hold quotes.
    /(?<=[(,=:[!&|?{};>\n]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/,
  ),
  comment: /^\/[/*]/,
  between: { comment: /^\n[ \t]*$/, string: /^\s*\+\s*$/ },
};

const python: Language = {
  token: anyOf(/#.*/, /"""[\s\S]*?"""/, quoted),
  comment: /^(#|""")/,
  between: { comment: /^\n[ \t]*$/, string: /^\s*f?$/ },
};

/** Shell, YAML, make: comments alone. */
const others: Language = { ...python, token: /(?<=^|\n|\s)#(?: .*)?/g };

const languages: Readonly<Record<string, Language>> = { ts: typescript, mjs: typescript, py: python };

/** Comments for tools: directives of linters, interpreters and builders. */
const directive = /biome-ignore|@ts-|^!|noqa|type: ignore|syntax=/;

/** The words of a comment or literal, with `…` for a value that is put in. */
const bare = (token: string): string =>
  token
    .replace(/^(\/\*\*?|"""|['"`])|(\*\/|"""|['"`])$/g, '')
    .replace(/^[ \t]*(\/\/|\*|#)(?![\w/]) ?/gm, '')
    .replace(/\$?\{[^{}]*(\{[^{}]*\}[^{}]*)*\}|\$\w+/g, '…')
    .replace(/\\n/g, '\n')
    .trim();

const isPattern = (token: string): boolean => /^\/[^/*]/.test(token);

const startsBlock = (token: string): boolean => /^("""|\/\*)/.test(token);

const joined = (first: Text, second: string): Text => ({
  ...first,
  text: `${first.text}${first.kind === 'comment' ? '\n' : ' '}${second}`,
});

/** The comments and strings of a source file, each with its continuation lines. */
export function textsOf(path: string, source: string): Text[] {
  const { token, comment, between } = languages[path.slice(path.lastIndexOf('.') + 1)] ?? others;
  const texts: Text[] = [];
  let end = 0;
  for (const { 0: found, index } of source.matchAll(token)) {
    if (isPattern(found)) continue;
    const kind = comment.test(found) ? 'comment' : 'string';
    const gap = source.slice(end, index);
    const last = texts.at(-1);
    if (last?.kind === kind && between[kind].test(gap) && !startsBlock(found))
      texts.splice(-1, 1, joined(last, bare(found)));
    else texts.push({ kind, line: source.slice(0, index).split('\n').length, text: bare(found) });
    end = index + found.length;
  }
  return texts.filter(({ text }) => !directive.test(text));
}
