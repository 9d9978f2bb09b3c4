import { expect, test } from 'vitest';
import { sessionStoreCrd } from '../../src/api/crd.ts';
import type { CronJob, Job, KubeEvent, Pod } from '../../src/api/kubernetes.ts';
import type { SessionStoreStatus } from '../../src/api/status.ts';
import { diagnosisOfOperator } from '../../src/cli/doctor/operator-diagnosis.ts';
import type { Crd, Deployment, OperatorFacts } from '../../src/cli/doctor/operator-facts.ts';
import { differences } from '../../src/cli/doctor/schema-difference.ts';
import type { Seen } from '../../src/cli/doctor/seen.ts';
import { type Diagnosis, hasFailed, linesOfDiagnosis } from '../../src/cli/doctor/step.ts';
import { diagnosisOfStore } from '../../src/cli/doctor/store-diagnosis.ts';
import type { StoreFacts } from '../../src/cli/doctor/store-facts.ts';
import {
  cleanupJob,
  cronJob,
  directorySpec,
  failedCreate,
  failureResult,
  finishedSetup,
  now,
  postgresSpec,
  sessionStore,
} from '../builders.ts';

const conditions = (
  status: 'True' | 'False',
  reason: string,
  message: string,
): SessionStoreStatus['conditions'] => [
  {
    ...{ type: 'Ready', status, reason, message },
    ...{ observedGeneration: 1, lastTransitionTime: '2026-11-20T11:00:06Z' },
  },
  {
    ...{ type: 'Provisioned', status, reason, message },
    ...{ observedGeneration: 1, lastTransitionTime: '2026-11-20T11:00:06Z' },
  },
];

const see = <T>(value: T): Seen<T> => ({ state: 'seen', value });
const why = 'You may not do this in namespace shop. A Role with this rule permits it: {…}';
const refused = { state: 'refused', why } as const;
const absent = { state: 'absent' } as const;

const wrongPassword = 'the server refused the password of role shop';
const failing = sessionStore(postgresSpec, {
  status: { observedGeneration: 1, conditions: conditions('False', 'AuthenticationFailed', wrongPassword) },
});
const failed = finishedSetup(failing, failureResult('AuthenticationFailed', wrongPassword), 76);

const ownedBy = ({ metadata }: Job, pods: readonly Pod[]): readonly Pod[] =>
  pods.map((pod) => ({
    ...pod,
    metadata: {
      ...pod.metadata,
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: metadata.name, uid: metadata.uid }],
    },
  }));

const facts = (parts: Partial<StoreFacts> = {}): StoreFacts => ({
  ...{ store: failing, now, cronJob: absent, claim: undefined },
  jobs: see([failed.job]),
  pods: see(ownedBy(failed.job, failed.pods)),
  events: see([]),
  secrets: [{ name: 'shop-db', keys: see(['host', 'password', 'username', 'database']) }],
  ...parts,
});

const verdictsOf = ({ steps }: Diagnosis) =>
  Object.fromEntries(steps.map(({ name, verdict }) => [name, verdict]));
const textOf = (diagnosis: Diagnosis, name: string): string =>
  diagnosis.steps
    .filter((step) => step.name === name)
    .flatMap(({ text }) => text)
    .join('\n');

test('a wrong password is followed from the condition to the Job, its pod and its log', () => {
  const diagnosis = diagnosisOfStore(facts(), see(['{"level":50,"msg":"refused"}']));
  expect(verdictsOf(diagnosis)).toEqual({
    Ready: 'bad',
    'Set-up Job': 'bad',
    CronJob: 'fact',
    'Clean-up Job': 'fact',
    Pod: 'bad',
    Events: 'ok',
    Log: 'fact',
    Secret: 'ok',
  });
  expect(textOf(diagnosis, 'Set-up Job')).toMatch(/failed 59m ago: AuthenticationFailed$/);
  expect(textOf(diagnosis, 'Pod')).toContain('exit code 76');
  expect(diagnosis.advice).toContainEqual({
    label: 'Remedy',
    text: 'Correct user and password in the Secret.',
  });
  expect(hasFailed(diagnosis)).toBe(true);
});

test('a Secret is shown with its keys, and with those that it lacks', () => {
  const secret = (keys: Seen<readonly string[]>) => {
    const diagnosis = diagnosisOfStore(facts({ secrets: [{ name: 'shop-db', keys }] }));
    return [verdictsOf(diagnosis)['Secret'], textOf(diagnosis, 'Secret')];
  };
  expect(secret(absent)).toEqual(['bad', 'Secret shop-db does not exist in this namespace']);
  expect(secret(see(['uri']))[0]).toBe('ok');
  const [verdict, text] = secret(see(['host', 'user', 'password']));
  expect(verdict).toBe('bad');
  expect(text).toContain('host, user, password');
  expect(text).toContain('lacks uri, or instead of it database or dbname');
});

test('steps that the person may not take are skipped with the rule that grants them, and fail nothing', () => {
  const ready = sessionStore(postgresSpec, {
    status: { observedGeneration: 1, conditions: conditions('True', 'Ready', '') },
  });
  const parts = { jobs: refused, pods: refused, events: refused, cronJob: refused };
  const secrets = [{ name: 'shop-db', keys: refused }];
  const diagnosis = diagnosisOfStore(facts({ ...parts, secrets, store: ready }));
  expect(verdictsOf(diagnosis)).toEqual({
    Ready: 'ok',
    'Set-up Job': 'skipped',
    CronJob: 'skipped',
    'Clean-up Job': 'skipped',
    Pod: 'skipped',
    Events: 'skipped',
    Log: 'fact',
    Secret: 'skipped',
  });
  expect(textOf(diagnosis, 'Secret')).toBe(why);
  expect(hasFailed(diagnosis)).toBe(false);
});

test('a claim that does not exist, and one that waits for a pod, are told apart', () => {
  const store = sessionStore(directorySpec, { status: failing.status });
  const claim = (phase: Seen<string>) =>
    verdictsOf(diagnosisOfStore(facts({ store, secrets: [], claim: { name: 'wiki', phase } })))['Claim'];
  expect(claim(absent)).toBe('bad');
  expect(claim(see('Lost'))).toBe('bad');
  expect(claim(see('Pending'))).toBe('fact');
  expect(claim(see('Bound'))).toBe('ok');
});

test('after set-up, the newest clean-up is the run that is looked into', () => {
  const store = sessionStore(postgresSpec, {
    status: { observedGeneration: 1, conditions: conditions('True', 'Ready', '') },
  });
  const run = cleanupJob('web-cleanup-1', failureResult('ConnectionFailed', 'refused'), 1);
  const job = {
    ...run.job,
    metadata: { ...run.job.metadata, labels: { 'sessionstore.dev/task': 'cleanup' } },
  };
  const diagnosis = diagnosisOfStore(
    facts({
      store,
      jobs: see([failed.job, job]),
      pods: see(ownedBy(job, run.pods)),
      cronJob: see(cronJob({ suspend: true }) as CronJob),
    }),
  );
  expect(textOf(diagnosis, 'Pod')).toContain('web-cleanup-1');
  expect(textOf(diagnosis, 'CronJob')).toContain('is suspended, and the spec does not ask for that');
});

test('a refused pod is found in the events, which are shown with every character visible', () => {
  const event = failedCreate(failed, 'exceeded quota: \u001b[31mpods=0');
  const active = { ...failed.job, status: { active: 0 } };
  const events: readonly KubeEvent[] = [
    { ...event, involvedObject: { ...event.involvedObject, name: failed.job.metadata.name } },
    { ...event, involvedObject: { uid: 'of-another' } },
  ];
  const diagnosis = diagnosisOfStore(facts({ jobs: see([active]), pods: see([]), events: see(events) }));
  expect(verdictsOf(diagnosis)).toMatchObject({ 'Set-up Job': 'bad', Pod: 'bad', Events: 'bad' });
  const lines = linesOfDiagnosis(diagnosis, { width: undefined, isUtf8: true, paint: (_, text) => text });
  expect(lines.join('\n')).toContain('exceeded quota: ␛[31mpods=0');
  expect(textOf(diagnosis, 'Events').split('\n')).toHaveLength(1);
});

test('a diagnosis fits the terminal, and has words for signs where the locale has no UTF-8', () => {
  const view = { width: 80, isUtf8: true, paint: (_: string, text: string) => text };
  const lines = linesOfDiagnosis(diagnosisOfStore(facts()), view);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines[1]).toMatch(/^✗ Ready {9}no, AuthenticationFailed/);
  const ascii = linesOfDiagnosis(diagnosisOfStore(facts()), { ...view, isUtf8: false });
  expect(ascii.join('\n')).toMatch(/^FAILED {2}Ready.*\n/m);
  expect(ascii.join('\n')).not.toContain('✗');
});

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
  see({ metadata: deployment.metadata, spec: { holderIdentity: 'operator-1_ab', renewTime } });

const operatorFacts = (parts: Partial<OperatorFacts> = {}): OperatorFacts => ({
  ...{ now, namespace: 'shop', rights: [] },
  kubernetes: see('v1.36.0'),
  crd: see(installedCrd),
  installations: see([
    {
      ...{ deployment, events: see([]), lease: leaseAt('2026-11-20T11:59:58.000000Z') },
      pods: see([{ metadata: { ...deployment.metadata, name: 'operator-1' }, status: { phase: 'Running' } }]),
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
