import { expect, test } from 'vitest';
import { fieldsIn, wantedOf } from '../../../src/stores/directory/time/json-fields.ts';
import { randomNumbers } from '../../random.ts';

const wanted = wantedOf([['time'], ['cookie', 'age'], ['cookie', 'deep', 'er']]);

test.each([
  ['{"time":5}', { time: 5 }],
  [' { "x" : [1, {"time": 6}, "]"] , "time" : -5.5e3 } \n', { time: -5500 }],
  ['{"cookie":{"age":null,"other":{"age":1},"deep":{"er":"text"}},"time":true}', 'itself'],
  [String.raw`{"a\"b\\":"}\"\\","\u0074ime":"\u00e4\\"}`, { time: 'ä\\' }],
  ['{"time":1,"time":2}', { time: 2 }],
  ['{"cookie":[1,2],"time":{}}', { cookie: [], time: {} }],
  ['{"cookie":7}', { cookie: 7 }],
  ['{}', {}],
])('of %s the wanted fields are read', (text, fields) => {
  if (fields !== 'itself') expect(fieldsIn(text, wanted)).toEqual(fields);
  else expect(fieldsIn(text, wanted)).toEqual({ cookie: { age: null, deep: { er: 'text' } }, time: true });
});

test.each([
  '',
  '[]',
  '"x"',
  '5',
  '{',
  '{"time":5',
  '{"time":5}}',
  '{"time":5} x',
  '{"time":}',
  '{"time":5,}',
])('%s is not an object', (text) => {
  expect(fieldsIn(text, wanted)).toBeUndefined();
});

test('every beginning of a text is refused', () => {
  const text = JSON.stringify({ a: ['x"\\', { b: '{' }], cookie: { age: 5, deep: { er: 1 } }, time: 12 });
  for (let end = 0; end < text.length; end++) expect(fieldsIn(text.slice(0, end), wanted)).toBeUndefined();
});

test('a text of many nested values takes no stack', () => {
  const nested = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
  expect(fieldsIn(`{"x":${nested},"time":5}`, wanted)).toEqual({ time: 5 });
});

test('of a random object, the fields are those that JSON.parse() gives', () => {
  for (let seed = 1; seed < 500; seed++) {
    const random = randomNumbers(seed);
    const value = (depth: number): unknown => {
      const kinds = [null, true, -1.5e-7, random(1000), 'te"x\\t{', '\u00e4\n]', {}, []];
      if (depth === 0 || random(3) > 0) return kinds[random(kinds.length)];
      const items = Array.from({ length: random(5) }, () => value(depth - 1));
      const names = ['time', 'cookie', 'age', 'deep', 'er', 'a"b'];
      return random(2) === 0 ? items : Object.fromEntries(items.map((item, i) => [names[i] ?? i, item]));
    };
    const whole = { x: value(3), cookie: { age: value(2), deep: value(2) }, time: value(1) };
    const text = JSON.stringify(whole, undefined, random(3));
    expect(JSON.stringify(fieldsIn(text, wantedOf([['time']])))).toBe(
      JSON.stringify({ time: bare(whole.time) }),
    );
    expect(fieldsIn(text, wantedOf([['cookie', 'age']]))).toEqual({
      cookie: { age: bare(whole.cookie.age) },
    });
  }
});

/** Of an object or array, no field is wanted. */
const bare = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? [] : {};
};
