type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

const within = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

/**
 * The places at which two schemas differ, at most the outermost of each: `spec.pace` for a field that only one has.
 * The words of descriptions do not count.
 */
export function differences(one: unknown, other: unknown, path = ''): readonly string[] {
  if (!isObject(one) || !isObject(other)) return one === other ? [] : [path];
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  keys.delete('description');
  return [...keys].flatMap((key) => {
    const shown = key === 'properties' || key === 'items' ? path : within(path, key);
    if (!(key in one) || !(key in other)) return [shown];
    return differences(one[key], other[key], shown);
  });
}
