import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repository } from '../../scripts/cluster/paths.ts';
import { usage } from '../../src/operator/flags.ts';
import { oldWords, refusedIn, sentencesOf, subjectless } from './rule.ts';
import { type Text, textsOf } from './texts.ts';

const read = (path: string): string => readFileSync(join(repository, path), 'utf8');

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
  cwd: repository,
  encoding: 'utf8',
}).split('\0');

const filesOf = (pattern: RegExp): readonly string[] =>
  files.filter((file) => pattern.test(file) && existsSync(join(repository, file)));

/** Single words and pairs are values. */
const isProse = ({ text }: Text): boolean => text.split(/\s+/).length > 2;

/** A text, and the file and line where it is. */
interface Placed {
  readonly where: string;
  readonly text: string;
}

/** Comments or strings of sources. */
const textsIn = (pattern: RegExp, kind: Text['kind']): readonly Placed[] =>
  filesOf(pattern).flatMap((file) =>
    textsOf(file, read(file))
      .filter((text) => text.kind === kind && (kind === 'comment' || isProse(text)))
      .map(({ line, text }) => ({ where: `${file}:${line}`, text })),
  );

/** Pages without their blocks of code. */
const pages = (pattern: RegExp): readonly Placed[] =>
  filesOf(pattern).map((file) => ({ where: file, text: read(file).replace(/^ *```[\s\S]*?^ *```/gm, '') }));

const flags = (): readonly Placed[] =>
  usage()
    .split('\n')
    .map((text) => ({ where: '--help', text }));

const areas: Readonly<Record<string, () => readonly Placed[]>> = {
  // docs/api.md has every description of the CustomResourceDefinition and every message of its rules.
  'the schema of SessionStore': () => pages(/^docs\/api\.md$/),
  'the flags of the operator': flags,
  'events, conditions and errors': () => textsIn(/^(src|python\/sessionstore)\/.*\.(ts|py)$/, 'string'),
  'README, CHANGELOG and docs': () => pages(/^([A-Z]+|docs\/(adr\/)?[\w-]+)\.md$/),
  'comments of src': () => textsIn(/^src\/.*\.ts$/, 'comment'),
  'comments of python': () => textsIn(/^python\/.*\.py$/, 'comment'),
  'comments of scripts and bench': () => textsIn(/^(scripts|bench)\/.*\.(ts|py|sh)$/, 'comment'),
  'comments of tests': () => textsIn(/^test\/.*\.(ts|mjs|py)$/, 'comment'),
  'comments of manifests and images': () =>
    textsIn(/^(deploy\/.*\.yaml|Makefile|(.*\/)?Dockerfile)$/, 'comment'),
  // The examples of the rule, below, break it.
  'titles of tests': () => textsIn(/^test\/(?!prose\/).*\.ts$/, 'string'),
};

describe.each(Object.entries(areas))('%s', (_name, textsOfArea) => {
  const texts = textsOfArea();

  test('are found', () => expect(texts.length).toBeGreaterThan(0));

  test('have no sentence that the rule refuses', () =>
    expect(
      texts.flatMap(({ where, text }) => refusedIn(text).map((refused) => `${where}: ${refused}`)),
    ).toEqual([]));
});

/** Shares of five model code bases: at most 1.5 % and 1.6 % of their sentences. */
test.each([
  'the schema of SessionStore',
  'README, CHANGELOG and docs',
  'comments of src',
  'comments of python',
  'comments of scripts and bench',
  'comments of tests',
])('%s rarely say nobody or nothing, and rarely use old words', (area) => {
  const sentences = (areas[area]?.() ?? []).flatMap(({ text }) => sentencesOf(text));
  const share = (pattern: RegExp) =>
    sentences.filter((sentence) => pattern.test(sentence)).length / sentences.length;
  expect(share(subjectless)).toBeLessThanOrEqual(0.015);
  expect(share(oldWords)).toBeLessThanOrEqual(0.016);
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

test('comments and strings are found with their lines, whatever is in them', () => {
  const source = [
    "const a = 'it’s // no comment' + ",
    `  \`and \${f('x')} goes on\`; // behind it`,
    '/** A block',
    ' * of two lines. */',
    `const r = /['"]/;`,
    '// One line,',
    '// and its next.',
  ].join('\n');
  expect(textsOf('a.ts', source)).toEqual([
    { kind: 'string', line: 1, text: 'it’s // no comment and … goes on' },
    { kind: 'comment', line: 2, text: 'behind it' },
    { kind: 'comment', line: 3, text: 'A block\nof two lines.' },
    { kind: 'comment', line: 6, text: 'One line,\nand its next.' },
  ]);
});
