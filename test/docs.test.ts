import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../scripts/cluster/paths.ts';
import { failureReasons } from '../src/api/reasons.ts';

test('docs/stores.md says of every reason for which a run or a call may fail what to do', async () => {
  const page = await readFile(join(repository, 'docs/stores.md'), 'utf8');
  const [, table = ''] = page.split('## When it goes wrong');
  expect(failureReasons.filter((reason) => !table.includes(`\`${reason}\``))).toEqual([]);
});

test('docs/api.md describes every field', async () => {
  const page = await readFile(join(repository, 'docs/api.md'), 'utf8');
  const fields = page.split('\n').filter((line) => line.startsWith('| `s'));
  expect(fields.filter((line) => / \|\s+\|$| \| Pattern/.test(line))).toEqual([]);
});
