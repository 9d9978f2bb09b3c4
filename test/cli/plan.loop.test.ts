import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { apiVersion, kind } from '../../src/api/group.ts';
import type { Job } from '../../src/api/kubernetes.ts';
import type { RunnerResult } from '../../src/api/runner-result.ts';
import type { SessionStoreSpec } from '../../src/api/spec.ts';
import { jobPath, storePath, until } from '../api-client.ts';
import { directorySpec, failureResult, postgresSpec } from '../builders.ts';
import { useLoop } from '../operator/loop.ts';
import { Namespace } from '../operator/namespace.ts';
import { cliOutcome, type TerminalOptions } from './fake-terminal.ts';
import { limitedUser } from './limited-user.ts';

const namespace = 'plan';
const loop = useLoop({ namespaces: [namespace] });
const stores = new Namespace(loop, namespace);
const image = ['--runner-image', 'session-store-operator:dev'];

const plan = (args: readonly string[], options: TerminalOptions = {}, kubeconfig = loop.kubeconfig) =>
  cliOutcome(['plan', ...args, '-n', namespace, '--kubeconfig', kubeconfig], options);

const manifest = (name: string, spec: unknown = postgresSpec): string =>
  stringify({ apiVersion, kind, metadata: { name }, spec });

async function file(text: string): Promise<string> {
  const name = path.join(await mkdtemp(path.join(tmpdir(), 'plan-')), 'store.yaml');
  await writeFile(name, text);
  return name;
}

const planJobs = async (): Promise<readonly Job[]> =>
  (await loop.api.must('GET', `${jobPath(namespace)}?labelSelector=sessionstore.dev/command=plan`)).items;

const plannedResult = (change: Partial<NonNullable<RunnerResult['plan']>> = {}): RunnerResult => ({
  command: 'plan-store',
  startedAt: '2026-11-20T11:00:00Z',
  finishedAt: '2026-11-20T11:00:01Z',
  plan: {
    action: 'Adopt',
    marked: true,
    sessions: 3,
    ages: { notStale: 1, underDay: 2, underWeek: 0, underMonth: 0, underYear: 0, older: 0 },
    notes: [],
    ...change,
  },
});

/** The Job that a plan makes. */
const planJob = (): Promise<Job> => until('the Job of the plan', async () => (await planJobs()).at(0));

const uncommitted = (spec: SessionStoreSpec) => file(manifest('shop', spec));

test('a manifest that is not applied is planned by a Job that changes nothing, and neither stays', async () => {
  const running = plan(['-f', await uncommitted(directorySpec), ...image], { columns: 80 });
  const job = await planJob();
  const template = job.spec['template'] as {
    readonly metadata: { readonly labels: Record<string, string> };
    readonly spec: {
      readonly containers: readonly {
        readonly args: readonly string[];
        readonly volumeMounts: readonly { name: string; readOnly?: boolean }[];
      }[];
    };
  };
  const [container] = template.spec.containers;
  expect(container?.args[0]).toBe('plan-store');
  expect(container?.volumeMounts.find(({ name }) => name === 'volume')?.readOnly).toBe(true);
  expect(container?.args.join(' ')).toContain('"unmodifiedFor":"30m"');
  expect(template.metadata.labels['app.kubernetes.io/managed-by']).toBe('sessionstore-cli');
  expect(job.spec.ttlSecondsAfterFinished).toBeGreaterThan(0);
  await stores.endPodOf(job.metadata.name, plannedResult());
  const { exitCode, stdout: painted, stderr } = await running;
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  const stdout = stripVTControlCharacters(painted);
  expect(stdout).toContain('Set-up    would adopt what exists');
  expect(stdout).toContain('the first one would delete 2 sessions');
  await until('the Job to be gone', async () => (await planJobs()).length === 0);
  expect((await loop.api.request('GET', storePath(namespace, 'shop'))).status).toBe(404);
});

/** The arguments of the runner. */
const inputOf = (job: Job): string => {
  const { spec } = job.spec['template'] as {
    readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] };
  };
  return spec.containers[0]?.args.join(' ') ?? '';
};

test('a manifest is planned in the place of the store that exists, without the fields that it no longer has', async () => {
  const cleanup = { ...postgresSpec.cleanup, dryRun: true };
  await stores.apply('counted', { ...postgresSpec, cleanup });
  await stores.provision('counted');
  const running = plan(['-f', await file(manifest('counted')), ...image]);
  const job = await planJob();
  expect(inputOf(job)).toContain('"expiredFor":"10m"');
  expect(inputOf(job)).not.toContain('dryRun');
  await stores.endPodOf(job.metadata.name, plannedResult());
  expect(await running).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('would delete 2') });
  const { spec } = await loop.api.must('GET', storePath(namespace, 'counted'));
  expect(spec.cleanup.dryRun).toBe(true);
});

test('a plan in which clean-up would fail ends with exit code 1, and scripts read it as JSON', async () => {
  await stores.apply('web');
  await stores.provision('web');
  const running = plan(['web', '-o', 'json']);
  const job = await planJob();
  const problem = { reason: 'PermissionDenied', message: 'no DELETE' } as const;
  await stores.endPodOf(job.metadata.name, plannedResult({ cleanupProblem: problem }));
  const { exitCode, stdout } = await running;
  expect(JSON.parse(stdout)).toMatchObject({ store: 'web', action: 'Adopt', cleanupProblem: problem });
  expect(exitCode).toBe(1);
  const failing = plan(['web']);
  await stores.endPodOf(
    (await planJob()).metadata.name,
    failureResult('SecretMissing', 'no Secret shop-db'),
    66,
  );
  expect(await failing).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining('Plan  failed: SecretMissing: no Secret shop-db'),
  });
});

test('a manifest that the API server refuses is refused with its words, and no Job is made', async () => {
  const wrong = await file(manifest('shop', { ...postgresSpec, layout: 'nonsense' }));
  expect(await plan(['-f', wrong, ...image])).toMatchObject({
    exitCode: 64,
    stderr: expect.stringMatching(/spec\.layout.*nonsense/),
  });
  const other = await file(manifest('shop').replace('name: shop', 'name: shop\n  namespace: other'));
  expect(await plan(['-f', other, ...image])).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('its manifest names other: give -n'),
  });
  expect(await plan(['-f', await file('kind: Secret'), ...image])).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('Expected a SessionStore'),
  });
  expect(await plan(['-f', '/nowhere.yaml', ...image])).toMatchObject({ exitCode: 64 });
  expect(await planJobs()).toEqual([]);
});

test('with a right missing, the rule that grants it is said', async () => {
  const rules = [{ apiGroups: ['sessionstore.dev'], resources: ['sessionstores'], verbs: ['get', 'create'] }];
  const kubeconfig = await limitedUser(loop.api, loop.kubeconfig, namespace, { name: 'planner', rules });
  const { exitCode, stderr } = await plan(['-f', await uncommitted(postgresSpec), ...image], {}, kubeconfig);
  expect(stderr).toContain('{apiGroups: [batch], resources: [jobs], verbs: [create]}');
  expect(exitCode).toBe(77);
});
