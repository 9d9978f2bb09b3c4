import { type ApiClient, until } from './api-client.ts';

export interface Mutation {
  readonly name: string;
  /** The namespace that it is for, and labels of the objects, beside the operator's own. */
  readonly namespace: string;
  readonly labelled?: Readonly<Record<string, string>>;
  readonly resource: 'jobs' | 'pods';
  /** CEL: a list of JSON patches, for each new object of the operator's. */
  readonly patch: string;
  /** An object's spec, and whether it was changed: a policy takes effect a little later than it is made. */
  readonly trial: { readonly spec: object; readonly isChanged: (spec: Changed) => boolean };
}

type Changed = {
  readonly suspend?: boolean;
  readonly containers?: readonly object[];
  readonly initContainers?: readonly object[];
};

const policies = '/apis/admissionregistration.k8s.io/v1';
const ours = { 'app.kubernetes.io/managed-by': 'session-store-operator' };

/** Has the API server itself change each new object of a kind, as a queue's or a mesh's webhook would; it goes with `remove`. */
export async function mutatingPolicy(
  api: ApiClient,
  { name, namespace, labelled, resource, patch, trial }: Mutation,
): Promise<{ readonly remove: () => Promise<void> }> {
  const labels = { ...ours, ...labelled };
  const isBatch = resource === 'jobs';
  const rule = {
    apiGroups: [isBatch ? 'batch' : ''],
    apiVersions: ['v1'],
    operations: ['CREATE'],
    resources: [resource],
  };
  const spec = {
    matchConstraints: {
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      objectSelector: { matchLabels: labels },
      resourceRules: [rule],
    },
    failurePolicy: 'Fail',
    reinvocationPolicy: 'Never',
    mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: patch } }],
  };
  await api.must('POST', `${policies}/mutatingadmissionpolicies`, { metadata: { name }, spec });
  await api.must('POST', `${policies}/mutatingadmissionpolicybindings`, {
    metadata: { name },
    spec: { policyName: name },
  });
  const path = `${isBatch ? '/apis/batch/v1' : '/api/v1'}/namespaces/${namespace}/${resource}?dryRun=All`;
  await until(`policy ${name} to take effect`, async () => {
    const made = await api.must('POST', path, { metadata: { name: 'trial', labels }, spec: trial.spec });
    return trial.isChanged(made.spec);
  });
  return {
    remove: async () => {
      for (const kind of ['mutatingadmissionpolicybindings', 'mutatingadmissionpolicies'])
        await api.must('DELETE', `${policies}/${kind}/${name}`);
    },
  };
}
