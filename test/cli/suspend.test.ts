import { beforeEach, expect, test } from 'vitest';
import { cronJob, postgresSpec, sessionStore } from '../builders.ts';
import { useFakeApiServer } from './fake-api-server.ts';
import { cliOutcome } from './fake-terminal.ts';

// The answers of the API server, in the order of the questions; the last one stays.
const next = <T>(answers: T[]): T => (answers.length > 1 ? (answers.shift() as T) : (answers[0] as T));
const job = (name: string, suspend: boolean, status: object) => ({
  metadata: { name, namespace: 'shop', uid: name },
  spec: { suspend },
  status,
});
const store = (suspend: boolean, observedGeneration: number) =>
  sessionStore(
    { ...postgresSpec, suspend },
    { generation: 2, status: { observedGeneration, conditions: [] } },
  );
const running = job('web-cleanup-1', false, { active: 1 });
const ended = job('web-cleanup-0', false, { conditions: [{ type: 'Complete', status: 'True' }] });

const cluster = { stores: [store(true, 2)], cronJobs: [cronJob({ suspend: true })], jobs: [[ended]] };
const isRefused = { jobs: false };
beforeEach(() => {
  cluster.stores = [store(true, 2)];
  cluster.cronJobs = [cronJob({ suspend: true })];
  cluster.jobs = [[ended]];
  isRefused.jobs = false;
});

const server = useFakeApiServer([
  [/\/sessionstores\/web/, () => next(cluster.stores)],
  [/\/cronjobs\/web-cleanup$/, () => next(cluster.cronJobs)],
  [
    /\/jobs\?/,
    (_url, response) => {
      if (!isRefused.jobs) return { metadata: {}, items: next(cluster.jobs) };
      response.writeHead(403);
      return { kind: 'Status', code: 403, reason: 'Forbidden', message: 'forbidden' };
    },
  ],
]);
const outcome = (command: string, ...options: readonly string[]) =>
  cliOutcome([command, 'web', '--kubeconfig', server.kubeconfig, ...options]);

test('suspend returns once the operator has acted and no pod of a run is left', async () => {
  cluster.stores = [store(true, 1), store(true, 1), store(true, 2)];
  cluster.cronJobs = [cronJob(), cronJob({ suspend: true })];
  cluster.jobs = [
    [running],
    [job('web-cleanup-1', true, { active: 0, terminating: 1 })],
    [job('web-cleanup-1', true, { active: 0 })],
  ];
  const { exitCode, stdout } = await outcome('suspend');
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringMatching(/web suspended\n$/) });
  expect(server.asked.filter((url) => url.includes('/jobs?'))).toHaveLength(3);
});

test('without an operator, suspend fails and says what still runs and how to stop it', async () => {
  cluster.stores = [store(true, 1)];
  cluster.cronJobs = [cronJob()];
  cluster.jobs = [[ended, running]];
  const { exitCode, stdout, stderr } = await outcome('suspend', '--timeout', '0.1');
  expect({ exitCode, stdout }).toEqual({ exitCode: 69, stdout: '' });
  expect(stderr).toContain('the operator has not acted on it: see doctor --operator');
  expect(stderr).toContain('CronJob web-cleanup is not suspended, Job web-cleanup-1 runs');
  expect(stderr).toContain(`kubectl patch cronjob web-cleanup -n shop -p '{"spec":{"suspend":true}}'`);
  expect(stderr).toContain('kubectl delete job web-cleanup-1 -n shop');
  expect(stderr).not.toContain('web-cleanup-0');
});

test('a run that has not begun counts as one that runs', async () => {
  cluster.jobs = [[job('web-cleanup-1', false, {})]];
  expect(await outcome('suspend', '--timeout', '0.1')).toMatchObject({
    exitCode: 69,
    stderr: expect.stringContaining('spec.suspend is true, but Job web-cleanup-1 runs'),
  });
});

test('a person who may not see Jobs hears that suspension is set, and which right shows the rest', async () => {
  isRefused.jobs = true;
  expect(await outcome('suspend')).toMatchObject({
    exitCode: 77,
    stderr: expect.stringMatching(/spec\.suspend of web is set; .*resources: \[jobs\]/s),
  });
});

test('resume waits until the operator has acted', async () => {
  cluster.stores = [store(false, 1), store(false, 1), store(false, 2)];
  expect(await outcome('resume')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/web resumed\n$/),
  });
  expect(cluster.stores).toHaveLength(1);
  cluster.stores = [store(false, 1)];
  expect(await outcome('resume', '--timeout', '0.1')).toMatchObject({
    exitCode: 69,
    stderr: expect.stringContaining('the operator has not acted on it'),
  });
});

test('with --no-wait, neither claims more than that it was asked for', async () => {
  cluster.stores = [store(true, 1)];
  cluster.cronJobs = [cronJob()];
  expect(await outcome('suspend', '--no-wait')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/web to be suspended\n$/),
  });
});
