import { expect, test } from 'vitest';
import type { CronJob, Job, KubeEvent, Pod } from '../../src/api/kubernetes.ts';
import { hasFailed, linesOfDiagnosis } from '../../src/cli/doctor/step.ts';
import { diagnosisOfStore } from '../../src/cli/doctor/store-diagnosis.ts';
import type { StoreFacts } from '../../src/cli/doctor/store-facts.ts';
import type { ReadResult } from '../../src/cli/read-result.ts';
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
import {
  absent,
  conditions,
  failing,
  refused,
  see,
  textOf,
  verdictsOf,
  why,
  wrongPassword,
} from './diagnosed.ts';

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
  store: failing,
  now,
  cronJob: absent,
  claim: undefined,
  jobs: see([failed.job]),
  pods: see(ownedBy(failed.job, failed.pods)),
  events: see([]),
  secrets: [{ name: 'shop-db', keys: see(['host', 'password', 'username', 'database']) }],
  ...parts,
});

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

test('a store with an invalid schedule misses no Job, and the remedy names both fields of a schedule', () => {
  const store = sessionStore(postgresSpec, {
    status: { observedGeneration: 1, conditions: conditions('False', 'InvalidSchedule', 'europe/berlin') },
  });
  const diagnosis = diagnosisOfStore(facts({ store, jobs: see([]), pods: see([]) }));
  expect(verdictsOf(diagnosis)).toMatchObject({ 'Set-up Job': 'fact', Pod: 'fact' });
  expect(textOf(diagnosis, 'Set-up Job')).toBe('not created while the schedule is invalid');
  expect(diagnosis.advice[0]?.text).toMatch(/cleanup.schedule or cleanup.timeZone/);
});

test('a warning that only repeats the condition is no further one', () => {
  const event = { ...failedCreate(failed, wrongPassword), reason: 'AuthenticationFailed' };
  const diagnosis = diagnosisOfStore(facts({ events: see([event]) }));
  expect(textOf(diagnosis, 'Events')).toMatch(/^no further warning/);
});

test('a Secret is shown with its keys, and with those that it lacks', () => {
  const secret = (keys: ReadResult<readonly string[]>) => {
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
    Log: 'skipped',
    Secret: 'skipped',
  });
  expect(textOf(diagnosis, 'Secret')).toBe(why);
  expect(hasFailed(diagnosis)).toBe(false);
});

test('a claim that does not exist, and one that waits for a pod, are told apart', () => {
  const store = sessionStore(directorySpec, { status: failing.status });
  const claim = (phase: ReadResult<string>) =>
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

test('a person who may not list Jobs does not hear that no pod is kept', () => {
  const diagnosis = diagnosisOfStore(facts({ jobs: refused }));
  expect(verdictsOf(diagnosis)).toMatchObject({ Pod: 'skipped', Log: 'skipped' });
  const whole = diagnosis.steps.flatMap(({ text }) => text).join('\n');
  expect(whole).not.toContain('no pod is kept');
});
