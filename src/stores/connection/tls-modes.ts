/** libpq's modes, weakest first; `allow` is left out, because it prefers an unencrypted connection. */
export const tlsModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type TlsMode = (typeof tlsModes)[number];

/** MySQL's words for these modes. */
const synonyms: Readonly<Record<string, TlsMode>> = {
  disabled: 'disable',
  preferred: 'prefer',
  required: 'require',
  'verify-identity': 'verify-full',
};

/** The mode for a word of libpq or MySQL, in any case; undefined for other words. */
export function tlsModeIn(text: string): TlsMode | undefined {
  const word = text.toLowerCase().replaceAll('_', '-');
  return (
    tlsModes.find((mode) => mode === word) ?? (Object.hasOwn(synonyms, word) ? synonyms[word] : undefined)
  );
}

/** True if the first mode requires more than the second. */
export const isStricter = (one: TlsMode, other: TlsMode): boolean =>
  tlsModes.indexOf(one) > tlsModes.indexOf(other);
