import { expect, test } from 'vitest';
import { type Flags, parseFlags } from '../../src/operator/flags.ts';

const image = '--runner-image=operator:1';

test('with no more than an image, it watches everything and elects a leader', () => {
  expect(parseFlags([image])).toMatchObject({
    'runner-image': 'operator:1',
    'watch-namespace': [],
    'leader-elect': true,
    concurrency: 4,
    'retry-min': 60,
    'retry-max': 1800,
    'claim-check-interval': 30,
    'health-port': 8081,
    'metrics-port': 8080,
  });
});

test('several namespaces can be named', () => {
  const flags = parseFlags([image, '--watch-namespace=shop', '--watch-namespace', 'blog']);
  expect((flags as Flags)['watch-namespace']).toEqual(['shop', 'blog']);
});

test('without an image with Python, the option is absent', () => {
  expect(parseFlags([image])).not.toHaveProperty('python-runner-image');
  expect(parseFlags([image, '--python-runner-image=python:1'])).toMatchObject({
    'python-runner-image': 'python:1',
  });
});

test('annotations are allowed by key and by prefix, none by default', () => {
  expect(parseFlags([image])).toMatchObject({ 'allow-pod-annotations': [] });
  const allowed = ['example.com/*', 'team'];
  const flags = parseFlags([image, ...allowed.map((pattern) => `--allow-pod-annotations=${pattern}`)]);
  expect(flags).toMatchObject({ 'allow-pod-annotations': allowed });
});

test('labels and annotations of what is made are given by key and value', () => {
  const flags = parseFlags([
    image,
    '--child-label=team=shop',
    '--child-label=a.example/b=',
    '--child-annotation=note=a=b c',
  ]);
  expect(flags).toMatchObject({
    'child-label': ['team=shop', 'a.example/b='],
    'child-annotation': ['note=a=b c'],
  });
});

test('leader election can be switched off', () => {
  expect(parseFlags([image, '--leader-elect=false'])).toMatchObject({ 'leader-elect': false });
});

test.each<[string, string[]]>([
  ['--runner-image', []],
  ['--runner-image', ['--runner-image=']],
  ['--python-runner-image', [image, '--python-runner-image=']],
  ['--concurrency', [image, '--concurrency=0']],
  ['--concurrency', [image, '--concurrency=1.5']],
  ['--health-port', [image, '--health-port=65536']],
  ['--retry-min', [image, '--retry-min=soon']],
  ['--leader-elect', [image, '--leader-elect=yes']],
  ['--runner-image-pull-policy', [image, '--runner-image-pull-policy=always']],
  ['--allow-pod-annotations', [image, '--allow-pod-annotations=exa*']],
  ['--child-label', [image, '--child-label=team']],
  ['--child-label', [image, '--child-label=-team=shop']],
  ['--child-label', [image, '--child-label=team=a b']],
  ['--child-label', [image, '--child-label=sessionstore.dev/store=other']],
  ['--child-annotation', [image, '--child-annotation=batch.kubernetes.io/job-name=x']],
  ['--log-level', [image, '--log-level=loud']],
  ['--installation-id', [image, `--installation-id=${'x'.repeat(65)}`]],
  ['--no-such-flag', [image, '--no-such-flag']],
  ['surplus', [image, 'surplus']],
])('the sentence about a mistake names %s', (name, args) => {
  const sentence = parseFlags(args);
  expect(sentence).toBeTypeOf('string');
  expect(sentence).toContain(name);
});
