import { describe, expect, test } from 'vitest';
import { visible, visibleWithin } from '../../src/api/visible.ts';
import { randomNumbers } from '../random.ts';

/** Everything that Unicode has, with a preference for what is seldom printed. */
function randomText(random: (below: number) => number): string {
  const kinds = [
    () => String.fromCodePoint(random(0x100)),
    () => String.fromCodePoint(0x2000 + random(0x100)),
    () => String.fromCharCode(0xd800 + random(0x800)),
    () => String.fromCodePoint(0xe0000 + random(0x100)),
    () => String.fromCodePoint(random(0x110000)),
  ];
  return Array.from({ length: random(40) }, () => kinds[random(kinds.length)]?.() ?? '').join('');
}

describe('text of foreign origin', () => {
  test.each([
    ['\u001b[31mred\u001b[0m', '␛[31mred␛[0m'],
    ['two\nlines\r\n\tand a tab', 'two␊lines␍␊␉and a tab'],
    ['NUL\0 DEL\u007f C1\u009b', 'NUL␀ DEL␡ C1\\u009b'],
    ['user\u202etxt.exe', 'user\\u202etxt.exe'],
    ['zero\u200bwidth\ufeff\u2060', 'zero\\u200bwidth\\ufeff\\u2060'],
    ['a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
    ['half \ud83d of a pair', 'half \\ud83d of a pair'],
    ['tag \u{e0041}', 'tag \\u{e0041}'],
    ['ärgerlich, 界, 😀, “quoted”, a – b', 'ärgerlich, 界, 😀, “quoted”, a – b'],
  ])('%j reads %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('shows each character, fits, and stays the same when it is made visible again', () => {
    const random = randomNumbers(1);
    for (let round = 0; round < 5000; round += 1) {
      const text = randomText(random);
      const shown = visible(text);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(visible(shown)).toBe(shown);
      expect(shown.isWellFormed()).toBe(true);
      const short = visibleWithin(text, 20);
      expect(short.length).toBeLessThanOrEqual(20);
      expect(short.isWellFormed()).toBe(true);
      expect(visibleWithin(short, 20)).toBe(short);
    }
  });
});
