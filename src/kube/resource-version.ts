/**
 * Whether a is newer than b. Within one resource type they compare as decimal integers (KEP-5504), which may be too large
 * for a number: the longer one is newer, else the lexicographically greater.
 */
export function isNewer(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}
