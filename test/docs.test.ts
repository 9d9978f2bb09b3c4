import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../scripts/cluster/paths.ts';
import { failureReasons, operatorReasons } from '../src/api/reasons.ts';

test('docs/stores.md says of every reason for which a run or a call may fail what to do', async () => {
  const page = await readFile(join(repository, 'docs/stores.md'), 'utf8');
  const [, table = ''] = page.split('## When it goes wrong');
  expect(failureReasons.filter((reason) => !table.includes(`\`${reason}\``))).toEqual([]);
});

test('its table names no reason that does not exist', async () => {
  const page = await readFile(join(repository, 'docs/stores.md'), 'utf8');
  const [, table = ''] = page.split('## When it goes wrong');
  const named = table.match(/^\| `.*?\|/gm)?.flatMap((cell) => cell.match(/(?<=`)\w+/g) ?? []) ?? [];
  const reasons: readonly string[] = [...failureReasons, ...operatorReasons];
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !reasons.includes(name))).toEqual([]);
});

test('docs/api.md describes every field', async () => {
  const page = await readFile(join(repository, 'docs/api.md'), 'utf8');
  const fields = page.split('\n').filter((line) => line.startsWith('| `s'));
  expect(fields.filter((line) => / \|\s+\|$| \| Pattern/.test(line))).toEqual([]);
});
