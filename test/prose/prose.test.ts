import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../../scripts/cluster/paths.ts';
import { usage } from '../../src/operator/flags.ts';
import { refusedIn } from './rule.ts';

const read = (path: string): string => readFileSync(join(repository, path), 'utf8');

/** docs/api.md holds every description of the schema and every message of its rules. */
const texts: Readonly<Record<string, () => readonly string[]>> = {
  'the schema of SessionStore': () => read('docs/api.md').split('\n'),
  'the flags of the operator': () => usage().split('\n'),
};

test.each(Object.entries(texts))('%s says each thing in plain words', (_name, textsOf) => {
  expect(textsOf().flatMap(refusedIn)).toEqual([]);
});

test.each([
  'What the operator found.',
  'A store is made. Nobody has it open.',
  '* One that fits is adopted.',
  'The table is made anew.',
  'A Durus host that is none is refused.',
])('the rule refuses "%s"', (text) => {
  expect(refusedIn(text)).toHaveLength(1);
});

test.each([
  'What can a manifest say?',
  'The run deletes what is old. `What` stays.',
  'A store that no process has open.',
])('the rule takes "%s"', (text) => {
  expect(refusedIn(text)).toEqual([]);
});
