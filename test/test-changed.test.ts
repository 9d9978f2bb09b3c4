import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withUsers } from '../scripts/test-changed.ts';

test('a change of the Python package, or of an image, touches the tests that use it without an import', () => {
  expect(withUsers(['python/serve.py'])).toContain('src/stores/python/process.ts');
  expect(withUsers(['python/serve.py', 'Dockerfile'])).toContain('test/e2e/platform.ts');
  expect(withUsers(['test/stores/conformance/writer.ts'])).toContain('test/stores/conformance/child.ts');
});

test('a change of what no test uses touches nothing more', () => {
  expect(withUsers(['LICENSE'])).toEqual(['LICENSE']);
});

test('every file that stands for another is there', () => {
  const all = [
    ...['src/main.ts', 'python/serve.py', 'test/stores/python/shop.py', 'Dockerfile', 'crds/a.yaml'],
    ...['docs/a.md', 'scripts/cluster/kubernetes/main.go', 'test/stores/directory/race.ts', 'package.json'],
    'test/stores/conformance/reader.ts',
  ];
  const users = withUsers(all).filter((file) => !all.includes(file));
  expect(users.filter((file) => !existsSync(file))).toEqual([]);
});
