import { expect, test } from 'vitest';
import { firstBytes } from '../../src/kube/event-recorder.ts';

test.each([
  ['kurz', 10, 'kurz'],
  ['ärger', 3, 'är'],
  ['ärger', 1, ''],
  ['a€b', 3, 'a'],
  ['a€b', 4, 'a€'],
  ['😀😀', 7, '😀'],
])('of %s fits in %i bytes: %s', (text, count, expected) => expect(firstBytes(text, count)).toBe(expected));
