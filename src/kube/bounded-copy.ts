/** Cuts a text without keeping a reference to the whole. */
export const cut = (text: string, max: number): string =>
  text.length <= max ? text : Buffer.from(text.slice(0, max)).toString();

/** Of a value that is neither a list nor a map; the escapes of a text take no memory. */
const plainLengthOf = (value: unknown): number => String(value).length + (typeof value === 'string' ? 2 : 0);

/** Copies values up to a number of characters of JSON, and leaves out the rest. */
class Copier {
  #left: number;
  readonly #maxText: number;

  constructor(limit: number, maxText: number) {
    this.#left = limit;
    this.#maxText = maxText;
  }

  copy(value: unknown): unknown {
    if (value === null || typeof value !== 'object') {
      const kept = typeof value === 'string' ? cut(value, this.#maxText) : value;
      return this.#fits(kept) ? kept : undefined;
    }
    // Even empty values take memory.
    if (!this.#fits('')) return undefined;
    return Array.isArray(value) ? this.#list(value) : this.#map(value);
  }

  #list(values: readonly unknown[]): unknown {
    const copies: unknown[] = [];
    for (const value of values) {
      const copy = this.copy(value);
      if (copy !== undefined) copies.push(copy);
    }
    return copies;
  }

  #map(value: object): unknown {
    const copies: Record<string, unknown> = {};
    for (const [key, each] of Object.entries(value)) {
      const copy = this.#fits(key) ? this.copy(each) : undefined;
      // A plain assignment would set the prototype instead.
      if (copy !== undefined && key !== '__proto__') copies[key] = copy;
    }
    return copies;
  }

  #fits(value: unknown): boolean {
    this.#left -= plainLengthOf(value) + 2;
    return this.#left >= 0;
  }
}

/** Copies a value up to `limit` characters of JSON, with texts cut to `maxText`, and leaves out the rest. */
export const boundedCopy = (value: unknown, limit: number, maxText: number): unknown =>
  new Copier(limit, maxText).copy(value);
