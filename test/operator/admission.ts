import { type ApiClient, cronJobPath, jobPath, storePath, until } from '../api-client.ts';

type Operation = 'CREATE' | 'UPDATE' | 'DELETE';

/** A kind of write: of which resource, and what. */
export type Write = readonly [resource: 'jobs' | 'cronjobs' | 'sessionstores/status', operation: Operation];

const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';

const rulesOf = ([resource, operation]: Write) => [
  {
    apiGroups: resource.startsWith('sessionstores') ? ['sessionstore.dev'] : ['batch'],
    apiVersions: ['*'],
    operations: [operation],
    resources: [resource],
  },
];

const selects = (namespace: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': namespace } });

/** Kubernetes' own collector and controllers are spared: what is refused is what people write, and the operator. */
const bySomebody = "!request.userInfo.username.startsWith('system:')";

/** Makes an admission policy that refuses a kind of write in a namespace, and waits until it does. */
export async function refuseWrites(api: ApiClient, namespace: string, write: Write): Promise<void> {
  const metadata = { name: `no-${namespace}` };
  await api.must('POST', policies, {
    metadata,
    spec: {
      matchConstraints: { resourceRules: rulesOf(write), namespaceSelector: selects(namespace) },
      matchConditions: [{ name: 'by-somebody', expression: bySomebody }],
      validations: [{ expression: 'false', message: 'policy says no' }],
    },
  });
  await api.must('POST', `${policies.replace(/ies$/, 'y')}bindings`, {
    metadata,
    spec: { policyName: metadata.name, validationActions: ['Deny'] },
  });
  await until('the policy to refuse', async () => {
    const { status, body } = await tryWrite(api, namespace, write);
    return status >= 400 && /policy says no/.test(body.message);
  });
}

/** A write of that kind without a change. */
function tryWrite(api: ApiClient, namespace: string, [resource, operation]: Write) {
  const paths = {
    jobs: jobPath(namespace, operation === 'CREATE' ? undefined : 'run'),
    cronjobs: cronJobPath(namespace, operation === 'CREATE' ? undefined : 'web-cleanup'),
    'sessionstores/status': `${storePath(namespace, 'web')}/status`,
  };
  const path = `${paths[resource]}?dryRun=All`;
  if (operation === 'DELETE') return api.request('DELETE', path);
  const merge = 'application/merge-patch+json';
  if (operation === 'UPDATE')
    return api.request('PATCH', path, { metadata: { labels: { try: 'it' } } }, merge);
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
  const spec =
    resource === 'jobs' ? { template } : { schedule: '* * * * *', jobTemplate: { spec: { template } } };
  return api.request('POST', path, { metadata: { name: 'try' }, spec });
}

/** A required webhook that does not respond: no server listens at its address. */
export async function takeWebhookDown(
  api: ApiClient,
  namespace: string,
  resource: 'cronjobs',
): Promise<void> {
  await api.must('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    metadata: { name: `down-${namespace}` },
    webhooks: [
      {
        name: 'down.example.com',
        clientConfig: { url: 'https://127.0.0.1:1/' },
        rules: rulesOf([resource, 'UPDATE']),
        namespaceSelector: selects(namespace),
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  });
  await until('the webhook to be asked', async () => {
    const { status } = await tryWrite(api, namespace, [resource, 'UPDATE']);
    return status === 500;
  });
}
