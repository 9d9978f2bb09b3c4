/**
 * True if a is newer than b. Versions of one resource type compare as decimal integers (KEP-5504), which may be too
 * large for a number: the longer one is newer, otherwise the lexicographically greater one.
 */
export function isNewer(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}
