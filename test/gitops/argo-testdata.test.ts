import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../../scripts/cluster/paths.ts';
import { argoFiles } from './argo-testdata.ts';

const folder = path.join(repository, 'deploy/gitops/argo-cd');

// After a change of conditions: npx vitest run --project unit test/gitops -u
test.each([...argoFiles])('%s is what the operator writes', async (name, content) => {
  await expect(content).toMatchFileSnapshot(path.join(folder, name));
});

test('the folder has no test data of objects that the operator no longer writes', () => {
  const names = readdirSync(path.join(folder, 'testdata')).map((name) => `testdata/${name}`);
  expect(names.filter((name) => !argoFiles.has(name))).toEqual([]);
});
