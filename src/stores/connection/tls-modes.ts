/** libpq's modes, weakest first; `allow` is left out, as it prefers to talk in the clear. */
export const tlsModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type TlsMode = (typeof tlsModes)[number];

/** MySQL's words for the same. */
const synonyms: Readonly<Record<string, TlsMode>> = {
  ...{ disabled: 'disable', preferred: 'prefer', required: 'require', 'verify-identity': 'verify-full' },
};

/** The mode that a word of libpq or MySQL means, in any case; undefined if it means none. */
export function tlsModeIn(text: string): TlsMode | undefined {
  const word = text.toLowerCase().replaceAll('_', '-');
  return (
    tlsModes.find((mode) => mode === word) ?? (Object.hasOwn(synonyms, word) ? synonyms[word] : undefined)
  );
}

/** Whether the first asks for more than the second. */
export const isStricter = (one: TlsMode, other: TlsMode): boolean =>
  tlsModes.indexOf(one) > tlsModes.indexOf(other);
