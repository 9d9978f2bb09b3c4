import { expect, test } from 'vitest';
import { mixed } from './sequencer.ts';

const files = new Map([
  ['stores', ['s1', 's2', 's3', 's4']],
  ['loop', ['l1', 'l2']],
]);

test('files of all projects are mixed from beginning to end', () => {
  expect(mixed(files, {})).toEqual(['s1', 'l1', 's2', 's3', 'l2', 's4']);
});

test('files of a project that has to wait come later, and in their order', () => {
  expect(mixed(files, { loop: [0.5, 2] })).toEqual(['s1', 's2', 's3', 's4', 'l1', 'l2']);
  expect(mixed(files, { loop: [0.4, 1] })).toEqual(['s1', 's2', 'l1', 's3', 'l2', 's4']);
});
