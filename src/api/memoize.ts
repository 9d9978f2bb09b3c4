/** Computes a value once for each object, for as long as the object exists. Neither may be changed. */
export function memoizePerObject<K extends object, V>(compute: (object: K) => V): (object: K) => V {
  const known = new WeakMap<K, { readonly value: V }>();
  return (object) => {
    const found = known.get(object);
    if (found) return found.value;
    const value = compute(object);
    known.set(object, { value });
    return value;
  };
}

/** Remembers what a pure function made of the last texts, at most `max` of them: the oldest go first. */
export function memoize<V>(compute: (text: string) => V, max = 1024): (text: string) => V {
  const known = new Map<string, { readonly value: V }>();
  return (text) => {
    const found = known.get(text);
    if (found) return found.value;
    const value = compute(text);
    const [oldest] = known.keys();
    if (known.size >= max && oldest !== undefined) known.delete(oldest);
    known.set(text, { value });
    return value;
  };
}
