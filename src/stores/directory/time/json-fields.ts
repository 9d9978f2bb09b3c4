/** Names that are wanted of an object; an empty set of names: the value itself. */
export interface Wanted {
  readonly [name: string]: Wanted;
}

/** The tree of these paths. */
export function wantedOf(paths: readonly (readonly string[])[]): Wanted {
  const names = new Set(paths.flatMap(([name]) => (name === undefined ? [] : [name])));
  const below = (name: string) => paths.filter(([first]) => first === name).map((path) => path.slice(1));
  return Object.fromEntries([...names].map((name) => [name, wantedOf(below(name))]));
}

/**
 * The wanted fields of a JSON object, or undefined for any other text. JSON.parse() would make every value of a session,
 * which takes twenty times the memory of its text, and an application's users may choose that text. Other values are
 * passed over: of them, only strings and brackets are checked, so that text which is cut off is found out.
 */
export function fieldsIn(text: string, wanted: Wanted): Readonly<Record<string, unknown>> | undefined {
  try {
    const scanner = new Scanner(text);
    const fields = scanner.object(wanted);
    scanner.end();
    return fields;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const space = /[ \t\r\n]*/y;
const literal = /[^\s",:[\]{}]+/y;
const special = /["[\]{}]/g;

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  object(wanted: Wanted): Readonly<Record<string, unknown>> {
    const fields: [string, unknown][] = [];
    this.#expect('{');
    if (this.#next() !== '}') {
      do fields.push(...this.#field(wanted));
      while (this.#takes(','));
    }
    this.#expect('}');
    return Object.fromEntries(fields);
  }

  end(): void {
    if (this.#next() !== '') throw new SyntaxError();
  }

  #field(wanted: Wanted): [string, unknown][] {
    const name = JSON.parse(this.#passString()) as string;
    this.#expect(':');
    const inside = Object.hasOwn(wanted, name) ? wanted[name] : undefined;
    if (inside === undefined) {
      this.#pass();
      return [];
    }
    const isObject = this.#next() === '{';
    if (isObject) return [[name, this.object(inside)]];
    const isArray = this.#next() === '[';
    const text = this.#pass();
    return [[name, isArray ? [] : JSON.parse(text)]];
  }

  /** Passes over a value, and gives its text. */
  #pass(): string {
    const first = this.#next();
    if (first === '"') return this.#passString();
    if (first === '{' || first === '[') return this.#passNested();
    const start = this.#at;
    literal.lastIndex = start;
    if (!literal.test(this.#text)) throw new SyntaxError();
    this.#at = literal.lastIndex;
    return this.#text.slice(start, this.#at);
  }

  #passNested(): string {
    const start = this.#at;
    let depth = 0;
    do depth += this.#passSpecial();
    while (depth > 0);
    return this.#text.slice(start, this.#at);
  }

  /** Passes over the next bracket or string, and gives the change of depth. */
  #passSpecial(): number {
    special.lastIndex = this.#at;
    const [found] = special.exec(this.#text) ?? [];
    if (found === undefined) throw new SyntaxError();
    this.#at = special.lastIndex;
    if (found !== '"') return found === '{' || found === '[' ? 1 : -1;
    this.#at--;
    this.#passString();
    return 0;
  }

  #passString(): string {
    const start = this.#at;
    this.#expect('"');
    for (;;) {
      const quote = this.#text.indexOf('"', this.#at);
      if (quote < 0) throw new SyntaxError();
      let escapes = 0;
      while (quote - escapes > this.#at && this.#text[quote - escapes - 1] === '\\') escapes++;
      this.#at = quote + 1;
      if (escapes % 2 === 0) return this.#text.slice(start, this.#at);
    }
  }

  /** The next character that is not space; empty at the end. */
  #next(): string {
    space.lastIndex = this.#at;
    space.test(this.#text);
    this.#at = space.lastIndex;
    return this.#text.charAt(this.#at);
  }

  #takes(character: string): boolean {
    const isThere = this.#next() === character;
    if (isThere) this.#at++;
    return isThere;
  }

  #expect(character: string): void {
    if (!this.#takes(character)) throw new SyntaxError();
  }
}
