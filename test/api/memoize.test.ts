import { expect, test } from 'vitest';
import { memoize, memoizePerObject } from '../../src/api/memoize.ts';

test('a value is computed once for each object, also where it is undefined', () => {
  const asked: object[] = [];
  const nothing = memoizePerObject((object: object) => void asked.push(object));
  const [a, b] = [{}, {}];
  for (const object of [a, b, a, b]) expect(nothing(object)).toBeUndefined();
  expect(asked).toEqual([a, b]);
});

test('an error is not remembered', () => {
  let isBroken = true;
  const length = memoize((text) => {
    if (isBroken) throw new Error('not yet');
    return text.length;
  });
  expect(() => length('abc')).toThrow('not yet');
  isBroken = false;
  expect(length('abc')).toBe(3);
});

test('of texts, only the last ones are remembered', () => {
  const asked: string[] = [];
  const length = memoize((text) => {
    asked.push(text);
    return text.length;
  }, 2);
  for (const text of ['a', 'b', 'a', 'c', 'b', 'a']) length(text);
  expect(asked).toEqual(['a', 'b', 'c', 'a']);
});
