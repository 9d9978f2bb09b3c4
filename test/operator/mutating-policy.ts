import { type ApiClient, until } from '../api-client.ts';

export interface Mutation {
  readonly name: string;
  /** Labels of the namespaces that it is for. */
  readonly namespaces: Readonly<Record<string, string>>;
  readonly resource: {
    readonly apiGroups: readonly string[];
    readonly apiVersions: readonly string[];
    readonly operations: readonly string[];
    readonly resources: readonly string[];
  };
  /** CEL: what is applied to each object. */
  readonly patch: string;
  /** A new object, as a path and a body, and whether the policy has changed it: it takes effect a little later. */
  readonly trial: {
    readonly path: string;
    readonly body: object;
    readonly isChanged: (answer: Awaited<ReturnType<ApiClient['must']>>) => boolean;
  };
}

const policies = '/apis/admissionregistration.k8s.io/v1';

/** Has the API server itself change each new object of a kind, as a queue's or a mesh's webhook would. */
export async function mutatingPolicy(
  api: ApiClient,
  { name, namespaces, resource, patch, trial }: Mutation,
): Promise<void> {
  await api.must('POST', `${policies}/mutatingadmissionpolicies`, {
    metadata: { name },
    spec: {
      matchConstraints: {
        namespaceSelector: { matchLabels: namespaces },
        resourceRules: [resource],
      },
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: patch } }],
    },
  });
  await api.must('POST', `${policies}/mutatingadmissionpolicybindings`, {
    metadata: { name },
    spec: { policyName: name },
  });
  await until(`policy ${name} to take effect`, async () =>
    trial.isChanged(await api.must('POST', `${trial.path}?dryRun=All`, trial.body)),
  );
}
