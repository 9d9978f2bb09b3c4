import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { type ApiClient, until } from '../api-client.ts';

/** A rule of a Role. */
interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** A kubeconfig of a user who has these rights in one namespace, and no others. */
export async function limitedUser(
  api: ApiClient,
  admin: string,
  namespace: string,
  { name, rules }: { readonly name: string; readonly rules: readonly Rule[] },
): Promise<string> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await api.must('POST', accounts, { metadata: { name } });
  await api.must('POST', `${rbac}/roles`, { metadata: { name }, rules });
  await api.must('POST', `${rbac}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
  await untilInForce(api, namespace, name, rules);
  const { status } = await api.must('POST', `${accounts}/${name}/token`, { spec: {} });
  const config = parse(await readFile(admin, 'utf8'));
  const users = [{ name: config.users[0].name, user: { token: status.token } }];
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'limited-')), 'kubeconfig');
  await writeFile(file, stringify({ ...config, users }), { mode: 0o600 });
  return file;
}

/** The API server learns of a Role and its binding a little later than they are made. */
async function untilInForce(
  api: ApiClient,
  namespace: string,
  name: string,
  [first]: readonly Rule[],
): Promise<void> {
  if (!first) return;
  const [group, path = '', verb] = [first.apiGroups[0], first.resources[0], first.verbs[0]];
  const [resource, subresource] = path.split('/');
  const spec = {
    user: `system:serviceaccount:${namespace}:${name}`,
    resourceAttributes: { namespace, group, verb, resource, ...(subresource && { subresource }) },
  };
  await until(`the rights of ${name}`, async () => {
    const { status } = await api.must('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec });
    return status.allowed;
  });
}
