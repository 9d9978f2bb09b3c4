/** The pairs of neighbouring letters, the first and last letter with an edge. */
const pairsOf = (word: string): ReadonlySet<string> => {
  const edged = ` ${word.toLowerCase()} `;
  return new Set(Array.from({ length: edged.length - 1 }, (_, n) => edged.slice(n, n + 2)));
};

/** Dice's coefficient: 1 for the same pairs, 0 for none in common. */
function similarity(one: string, other: string): number {
  const [a, b] = [pairsOf(one), pairsOf(other)];
  return (2 * [...a].filter((pair) => b.has(pair)).length) / (a.size + b.size);
}

/** The names that a person may have meant: those that contain the word, else those that look like it; at most five. */
export function closestMatches(word: string, names: readonly string[]): readonly string[] {
  if (word === '') return [];
  const containing = names.filter((name) => name.includes(word.toLowerCase()));
  if (containing.length > 0) return containing.slice(0, 5);
  return names
    .map((name) => ({ name, score: similarity(word, name) }))
    .filter(({ score }) => score >= 0.4)
    .sort((a, b) => b.score - a.score)
    .slice(0, 3)
    .map(({ name }) => name);
}
