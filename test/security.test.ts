import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { repository } from '../scripts/cluster/paths.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}
interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules?: readonly Rule[];
}

async function roles(): Promise<readonly Role[]> {
  const text = await readFile(join(repository, 'deploy/rbac.yaml'), 'utf8');
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Role)
    .filter(({ kind }) => kind === 'ClusterRole' || kind === 'Role');
}

test('no role of the operator names Secrets, volumes, logs, exec or service accounts, or everything', async () => {
  const rights = (await roles()).flatMap(({ rules = [] }) =>
    rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]),
  );
  expect(rights).toContain('jobs');
  expect(rights.filter((right) => right === '*' || right.startsWith('pods/'))).toEqual([]);
  const never = [
    'secrets',
    'configmaps',
    'persistentvolumeclaims',
    'serviceaccounts',
    'roles',
    'impersonate',
  ];
  expect(rights.filter((right) => never.includes(right))).toEqual([]);
});

test('outside its own namespace the operator may write only Jobs, CronJobs, events and status', async () => {
  const operator = (await roles()).find(({ metadata }) => metadata.name === 'session-store-operator');
  const written = operator?.rules?.filter(({ verbs }) =>
    verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)),
  );
  expect(written?.flatMap(({ resources }) => resources).sort()).toEqual(
    ['cronjobs', 'events', 'jobs', 'sessionstores/finalizers', 'sessionstores/status'].sort(),
  );
});
