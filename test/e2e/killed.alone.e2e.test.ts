import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Job } from '../../src/api/kubernetes.ts';
import { cronJobPath, jobPath, serverOf, until } from '../api-client.ts';
import { ApiProxy } from '../servers/api-proxy.ts';
import { sharedProgram } from '../servers/shared.ts';
import { connectPlatform, type Namespace, newNamespace, type Platform } from './platform.ts';
import { createVolume, removeVolumes } from './volume.ts';

const deployment = ['-n', 'session-store-system', 'deployment/session-store-operator'];

/** A namespace with an operator of its own: a process that leads through a proxy which counts its writes. */
interface Lane {
  readonly namespace: Namespace;
  readonly proxy: ApiProxy;
  operator?: ChildProcess;
}

let platform: Platform;
/** A life is mostly waited for. */
let lanes: readonly Lane[] = [];

beforeAll(async () => {
  platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
  await platform.kubectl(['scale', '--replicas=0', ...deployment]);
  // Until it has ended, it makes writes that the proxies do not count.
  const pods = ['-n', 'session-store-system', '-l', 'app.kubernetes.io/name=session-store-operator'];
  await until(
    'the operator to be gone',
    async () => (await platform.kubectl(['get', 'pods', ...pods, '-o', 'name'])) === '',
  );
  lanes = await Promise.all([newLane(), newLane()]);
});

afterAll(async () => {
  for (const lane of lanes) await kill(lane);
  for (const { proxy } of lanes) await proxy[Symbol.asyncDispose]();
  await platform.kubectl(['scale', '--replicas=1', ...deployment]);
  await platform.kubectl(['rollout', 'status', ...deployment]);
  for (const { namespace } of lanes) {
    await removeVolumes(platform, namespace);
    await namespace.remove();
  }
});

async function newLane(): Promise<Lane> {
  const namespace = await newNamespace(platform, 'killed');
  await createVolume(platform, namespace, 'files', 1000);
  return { namespace, proxy: await ApiProxy.start(await serverOf(inject('kubeconfig'))) };
}

async function startOperator(lane: Lane): Promise<void> {
  const flags = [
    '--runner-image=session-store-operator:dev',
    '--leader-elect=false',
    '--health-port=0',
    '--metrics-port=0',
  ];
  const program = [await sharedProgram(), 'operator', ...flags, `--watch-namespace=${lane.namespace.name}`];
  lane.operator = spawn('node', program, {
    env: { ...process.env, KUBECONFIG: lane.proxy.kubeconfig },
    stdio: 'ignore',
  });
}

async function kill({ operator }: Lane): Promise<void> {
  if (!operator || operator.exitCode !== null || operator.signalCode !== null) return;
  const ended = once(operator, 'exit');
  operator.kill('SIGKILL');
  await ended;
}

/**
 * The life of a store: set up, scheduled, scheduled with another cron, no longer scheduled. Checks the facts at the end
 * of each step.
 */
async function live(namespace: Namespace, name: string): Promise<void> {
  await namespace.store(name, {
    backend: { directory: { claimName: 'files', path: name } },
    cleanup: { unmodifiedFor: '1h', schedule: '0 0 1 1 *' },
    pod: { securityContext: { runAsUser: 1000, runAsGroup: 1000 } },
  });
  const ready = await namespace.becomes(name, 'Ready', 'True');
  expect(ready.status?.setup).toMatchObject({
    outcome: expect.stringMatching(/Created|Verified/),
    marked: true,
  });
  const path = cronJobPath(namespace.name, `${name}-cleanup`);
  expect((await platform.api.must('GET', path)).spec.schedule).toBe('0 0 1 1 *');
  await namespace.change(name, { spec: { cleanup: { schedule: '0 0 2 1 *' } } });
  await until(
    'the other schedule',
    async () => (await platform.api.must('GET', path)).spec.schedule === '0 0 2 1 *',
  );
  await namespace.change(name, { spec: { cleanup: null } });
  await until('no CronJob', async () => (await platform.api.request('GET', path)).status === 404);
  await namespace.becomes(name, 'CleanupScheduled', 'False', 'NotRequested');
  const { items } = await platform.api.must(
    'GET',
    `${jobPath(namespace.name)}?labelSelector=sessionstore.dev/store=${name}`,
  );
  expect((items as Job[]).map(({ metadata }) => metadata.annotations?.['sessionstore.dev/attempt'])).toEqual([
    '1',
  ]);
  await until('a time to live for the Job', async () => {
    const job = await platform.api.must('GET', jobPath(namespace.name, items[0].metadata.name));
    return job.spec.ttlSecondsAfterFinished === 3600;
  });
}

/** Whether there was a k-th write in the life of a store, after which the operator was killed. */
async function livesThrough(k: number, lane: Lane): Promise<boolean> {
  let wasKilled = false;
  lane.proxy.countAnew();
  lane.proxy.onWritten = async (count) => {
    if (count !== k) return;
    wasKilled = true;
    await kill(lane);
    await startOperator(lane);
  };
  await live(lane.namespace, `k${k}`);
  return wasKilled;
}

test('an operator that is killed after any of its writes and started again gets to the same end', async () => {
  let [next, end] = [1, Number.POSITIVE_INFINITY];
  const livesInLane = async (lane: Lane): Promise<void> => {
    await startOperator(lane);
    while (next < end) {
      const k = next++;
      if (!(await livesThrough(k, lane))) end = Math.min(end, k);
    }
  };
  await Promise.all(lanes.map(livesInLane));
  process.stdout.write(`killed after write 1 to ${end - 1}, each time to the same end\n`);
  // Five writes of Jobs and CronJobs and a status at the least; news that come together are written together.
  expect(end - 1).toBeGreaterThanOrEqual(6);
}, 600_000);
