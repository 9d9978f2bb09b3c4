/**
 * Characters that a terminal or a page interprets or hides instead of showing them: controls, bidi and zero-width
 * characters, line separators, lone surrogates.
 */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** A control character as its picture (`␛`), any other as its escape (`\u202e`). */
function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '␡';
  const hex = code.toString(16).padStart(4, '0');
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex}`;
}

/** Foreign text in one line, with every character visible. A second application has no effect. */
export const visible = (text: string): string => text.replace(invisible, picture);

/** The visible text in at most so many UTF-16 units, without half a surrogate pair at its end. */
export function visibleWithin(text: string, length: number): string {
  const shown = visible(text);
  if (shown.length <= length) return shown;
  return `${shown.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
