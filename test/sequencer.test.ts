import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../scripts/cluster/paths.ts';
import { longestFirst, longFiles, mixed } from './sequencer.ts';

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

test('the longest files of a list come first, and the others keep their order', () => {
  const list = ['d', 'gone', 'b'];
  expect(longestFirst(['a', 'b', 'c', 'd'], (file) => file, list)).toEqual(['d', 'b', 'a', 'c']);
});

test('each file in the list of long ones exists', () => {
  expect(longFiles.filter((file) => !existsSync(path.join(repository, file)))).toEqual([]);
});
