import { expect, test } from 'vitest';
import { sessionStoreCrd } from '../../src/api/crd.ts';
import type { ContainerStatus, Pod } from '../../src/api/kubernetes.ts';
import type { Access } from '../../src/cli/access.ts';
import { diagnosisOfOperator } from '../../src/cli/doctor/operator-diagnosis.ts';
import {
  type Crd,
  type Installation,
  type OperatorFacts,
  operatorFacts as readOperatorFacts,
} from '../../src/cli/doctor/operator-facts.ts';
import { checkedRights } from '../../src/cli/doctor/rights.ts';
import { differences } from '../../src/cli/doctor/schema-difference.ts';
import { hasFailed } from '../../src/cli/doctor/step.ts';
import type { Deployment } from '../../src/cli/operator-deployments.ts';
import { ApiError } from '../../src/kube/api-error.ts';
import type { ApiServer } from '../../src/kube/api-server.ts';
import { now, postgresSpec, sessionStore } from '../builders.ts';
import { absent, failing, refused, see, textOf, verdictsOf } from './diagnosed.ts';

interface Asked {
  readonly verb: string;
  readonly resource: string;
  readonly subresource?: string;
}

const deployment: Deployment = {
  metadata: { ...failing.metadata, name: 'session-store-operator', namespace: 'session-store-system' },
  spec: {
    selector: { matchLabels: { 'app.kubernetes.io/name': 'session-store-operator' } },
    template: {
      spec: {
        containers: [{ name: 'operator', image: 'registry.example/operator:1', args: ['operator'] }],
      },
    },
  },
  status: { readyReplicas: 1 },
};

const installedCrd = sessionStoreCrd() as unknown as Crd;
const leaseAt = (renewTime: string) =>
  ({
    state: 'found',
    value: { metadata: deployment.metadata, spec: { holderIdentity: 'operator-1_ab', renewTime } },
  }) as const;

const operatorPod = (ready: 'True' | 'False', container: Partial<ContainerStatus> = {}): Pod => ({
  metadata: { ...deployment.metadata, name: 'operator-1' },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: ready }],
    containerStatuses: [{ name: 'operator', ...container }],
  },
});

const operatorFacts = (parts: Partial<OperatorFacts> = {}): OperatorFacts => ({
  now,
  namespace: 'shop',
  rights: [],
  kubernetes: see('v1.36.0'),
  crd: see(installedCrd),
  installations: see([
    {
      deployment,
      events: see([]),
      lease: leaseAt('2026-11-20T11:59:58.000000Z'),
      pods: see([operatorPod('True')]),
    },
  ]),
  stores: see([failing]),
  ...parts,
});

test('an operator that leads and reconciles is well', () => {
  const diagnosis = diagnosisOfOperator(operatorFacts());
  expect(verdictsOf(diagnosis)).toEqual({
    Version: 'fact',
    CRD: 'ok',
    Operator: 'ok',
    Pods: 'ok',
    Leader: 'ok',
    Events: 'ok',
    Stores: 'ok',
    Rights: 'ok',
  });
  expect(textOf(diagnosis, 'Leader')).toBe('operator-1 renewed the Lease 2s ago');
  expect(hasFailed(diagnosis)).toBe(false);
});

test('an operator whose container ends again and again fails, with how it ended', () => {
  const pod = operatorPod('False', {
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    restartCount: 7,
    lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
  });
  const [installation] = (operatorFacts().installations as { value: readonly Installation[] }).value;
  if (!installation) throw new Error('Expected an installation');
  const installations = see([{ ...installation, pods: see([pod]) }]);
  const diagnosis = diagnosisOfOperator(operatorFacts({ installations }));
  expect(verdictsOf(diagnosis)['Pods']).toBe('bad');
  expect(textOf(diagnosis, 'Pods')).toBe(
    'operator-1: Running, not ready, CrashLoopBackOff, restarted 7 times, last ended by OOMKilled, exit code 137',
  );
});

test('an absent operator, an expired Lease and a store without a new status are failures', () => {
  const missing = verdictsOf(diagnosisOfOperator(operatorFacts({ crd: absent, installations: see([]) })));
  expect(missing).toMatchObject({ CRD: 'bad', Operator: 'bad' });
  const stale = diagnosisOfOperator(
    operatorFacts({
      installations: see([
        { deployment, events: refused, pods: see([]), lease: leaseAt('2026-11-20T11:00:00.000000Z') },
      ]),
      stores: see([sessionStore(postgresSpec, { generation: 2, status: failing.status })]),
    }),
  );
  expect(verdictsOf(stale)).toMatchObject({ Pods: 'bad', Leader: 'bad', Events: 'skipped', Stores: 'bad' });
  expect(textOf(stale, 'Stores')).toContain('shop/web');
});

test('stores that are not Ready are named beside an operator that works', () => {
  const diagnosis = diagnosisOfOperator(operatorFacts());
  expect(verdictsOf(diagnosis)).toMatchObject({ Stores: 'ok' });
  expect(textOf(diagnosis, 'Stores')).toMatch(
    /up to date in 1 of 1: each newest spec was reconciled\n1 are not Ready.*shop\/web$/,
  );
  expect(hasFailed(diagnosis)).toBe(false);
});

test('a CRD of another version is named by the fields that differ, without the words of descriptions', () => {
  expect(differences({ description: 'a', type: 'object' }, { description: 'b', type: 'object' })).toEqual([]);
  const one = { properties: { spec: { properties: { pace: { type: 'string' } } } } };
  expect(differences(one, { properties: { spec: { properties: {} } } })).toEqual(['spec.pace']);
  expect(differences(one, { properties: { spec: { properties: { pace: { type: 'integer' } } } } })).toEqual([
    'spec.pace.type',
  ]);
  const other = {
    ...installedCrd,
    spec: { versions: [{ name: 'v1alpha1', schema: { openAPIV3Schema: { type: 'object' } } }] },
  };
  const diagnosis = diagnosisOfOperator(operatorFacts({ crd: see(other) }));
  expect(verdictsOf(diagnosis)['CRD']).toBe('fact');
});

test('rights that the person lacks are listed as rules, and fail nothing', () => {
  const rule = { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] };
  const diagnosis = diagnosisOfOperator(
    operatorFacts({ rights: [{ commands: 'clean', rule, isAllowed: false }] }),
  );
  expect(textOf(diagnosis, 'Rights')).toContain(
    'clean: {apiGroups: [batch], resources: [jobs], verbs: [create]}',
  );
  expect(hasFailed(diagnosis)).toBe(false);
});

test('the rights that are checked are those of every command', async () => {
  const asked: string[] = [];
  const request = async ({
    body,
  }: {
    readonly body: { readonly spec: { readonly resourceAttributes: Asked } };
  }) => {
    const { verb, resource, subresource } = body.spec.resourceAttributes;
    asked.push(`${verb} ${resource}${subresource ? `/${subresource}` : ''}`);
    return { status: { allowed: true } };
  };
  await checkedRights({ request } as unknown as ApiServer, 'shop');
  const needed = [
    ...['get', 'list', 'watch', 'create', 'patch'].map((verb) => `${verb} sessionstores`),
    ...['list', 'watch', 'create', 'delete'].map((verb) => `${verb} jobs`),
    ...['list pods', 'watch pods', 'get pods/log', 'get cronjobs', 'list events', 'get secrets'],
    'get persistentvolumeclaims',
  ];
  expect([...new Set(asked)].sort()).toEqual(needed.sort());
});

test('the Lease is looked for in the namespace that the operator’s flag names', async () => {
  const [container] = deployment.spec.template.spec.containers;
  if (!container) throw new Error('Expected a container');
  const args = ['operator', '--runner-image=x:1', '--leader-election-namespace=leases'];
  const other = {
    ...deployment,
    spec: { ...deployment.spec, template: { spec: { containers: [{ ...container, args }] } } },
  };
  const lease = leaseAt('2026-11-20T11:59:58.000000Z').value;
  const request = async ({ path }: { readonly path: string }) => {
    if (path.includes('/leases/') && !path.includes('/namespaces/leases/'))
      throw new ApiError(404, 'NotFound', 'not found');
    if (path.includes('/leases/')) return lease;
    if (path.endsWith('selfsubjectaccessreviews')) return { status: { allowed: true } };
    return { metadata: {}, items: path.endsWith('/deployments') ? [other] : [] };
  };
  const access = { server: { request }, namespace: 'shop' } as unknown as Access;
  const { installations } = await readOperatorFacts(access, now);
  expect(installations).toMatchObject({ value: [{ lease: { state: 'found' } }] });
});
