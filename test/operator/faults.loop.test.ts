import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { apiVersion, kind } from '../../src/api/group.ts';
import { ApiClient, createNamespace, installCrd, jobPath, storePath, until } from '../api-client.ts';
import { cleanupResult, postgresSpec, setupResult } from '../builders.ts';
import { ApiProxy, type Fault } from '../servers/api-proxy.ts';
import { Namespace } from './namespace.ts';
import { type RunningOperator, startOperator } from './run-operator.ts';

let controlPlane: ControlPlane;
let api: ApiClient;
let proxy: ApiProxy;
let operator: RunningOperator;
const namespace = 'faults';

beforeAll(async () => {
  controlPlane = await startControlPlane();
  api = new ApiClient(controlPlane);
  await installCrd(api);
  await createNamespace(api, namespace);
});

afterAll(async () => {
  await api.close();
  await controlPlane.stop();
});

beforeEach(async () => {
  proxy = await ApiProxy.start(controlPlane);
  const bounds = { reconcileMs: 3000, watchSilenceMs: 4000, tickMs: 5000 };
  // A request that hangs ends after the bound of a reconcile, of which a probe tells until then.
  const limits = { silenceMs: 2000, requestTimeoutMs: 6000, bounds };
  operator = await startOperator(proxy.kubeconfig, [], limits);
  await until('the operator to be ready', async () => (await answerOf('/readyz')).status === 200);
});

afterEach(async () => {
  proxy.fault = () => undefined;
  await operator.stop();
  await proxy[Symbol.asyncDispose]();
});

async function answerOf(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(operator.health + path);
  return { status: response.status, text: await response.text() };
}

let stores = 0;

/** A new store is noticed: its set-up Job is made. */
async function isNoticed(): Promise<void> {
  stores += 1;
  const name = `store-${stores}`;
  await api.must('POST', storePath(namespace), { apiVersion, kind, metadata: { name }, spec: postgresSpec });
  await until(`a Job of ${name}`, async () => {
    const { items } = await api.must(
      'GET',
      `${jobPath(namespace)}?labelSelector=sessionstore.dev/store=${name}`,
    );
    return items.length > 0;
  });
}

/** The fault for the first `times` requests that it is meant for. */
function firstTimes(
  times: number,
  fault: Fault,
  meant: (passing: { isWatch: boolean; isWrite: boolean; path: string }) => boolean,
) {
  let left = times;
  proxy.fault = (passing) => {
    if (!meant(passing) || left <= 0) return undefined;
    left -= 1;
    return fault;
  };
  return () => left === 0;
}

describe('a watch', () => {
  test('that breaks off is resumed where it was, without a list', async () => {
    // A watch that is silent for as long as this operator waits is followed by a list: this one has events.
    await isNoticed();
    const before = proxy.requests.length;
    proxy.breakWatches();
    await isNoticed();
    const [next] = proxy.requests.slice(before).filter(({ path }) => path.includes('/sessionstores?'));
    expect(next).toMatchObject({ isWatch: true });
  });

  test('that breaks off in the middle of a line loses nothing', async () => {
    proxy.breakWatches(true);
    await isNoticed();
  });

  test('with a version that the server has forgotten is listed again', async () => {
    const gone = {
      type: 'ERROR',
      object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old', metadata: {} },
    };
    proxy.injected.set('/sessionstores', JSON.stringify(gone));
    const before = proxy.requests.length;
    proxy.breakWatches();
    // No watch is silent from now on, which would cause a list, too.
    const isListed = () =>
      proxy.requests.slice(before).some(({ path, isWatch }) => path.includes('/sessionstores?') && !isWatch);
    await until('a list', async () => isListed());
    proxy.injected.clear();
    await isNoticed();
  });

  test('that reports another error continues', async () => {
    proxy.injected.set(
      '/jobs',
      JSON.stringify({ type: 'ERROR', object: { code: 500, message: 'etcd leader changed', metadata: {} } }),
    );
    const before = proxy.requests.length;
    proxy.breakWatches();
    // The second one comes after the error of the first.
    const opened = () =>
      proxy.requests.slice(before).filter(({ path, isWatch }) => isWatch && path.includes('/jobs'));
    await until('the error', async () => opened().length > 1);
    proxy.injected.clear();
    await isNoticed();
  });

  test('that falls silent is opened again', async () => {
    proxy.isSilent = true;
    const opened = proxy.requests.length;
    await until('another watch', async () => proxy.requests.slice(opened).some(({ isWatch }) => isWatch));
    proxy.isSilent = false;
    await isNoticed();
  });

  test('that cannot be opened for a while is waited for, and not asked for in a storm', async () => {
    const isOver = firstTimes(12, { kind: 'answer', status: 500 }, ({ isWatch }) => isWatch);
    const before = proxy.requests.length;
    proxy.breakWatches();
    await until('the watches to be open again', async () => isOver());
    expect(proxy.requests.length - before).toBeLessThan(60);
    await isNoticed();
  });
});

test('a run keeps its result though the watch of pods is behind that of Jobs', async () => {
  const there = new Namespace({ api }, namespace);
  proxy.fault = ({ isWatch, path }) => (isWatch && path.includes('/pods?') ? { kind: 'hang' } : undefined);
  proxy.breakWatches();
  await there.apply('late');
  await there.endPodOf((await there.setupJob('late')).metadata.name, setupResult());
  const { setup } = await until('the result of set-up', async () => {
    const { status } = await api.must('GET', storePath(namespace, 'late'));
    return status?.setup && status;
  });
  expect(setup).toMatchObject({ outcome: 'Created', attempt: 1 });
  await there.untilReady('late');
  await there.startCleanup('late', 'late-run');
  await there.endPodOf('late-run', cleanupResult());
  const { status } = await there.untilRun('late', 'late-run');
  expect(status?.cleanup?.lastRun).toMatchObject({ outcome: 'Succeeded', deleted: 9000 });
});

test('a namespace whose Jobs may not be listed keeps no other waiting, and nothing is decided in it', async () => {
  await createNamespace(api, 'forbidden');
  await operator.stop();
  const refusal = { kind: 'answer', status: 403, body: { message: 'jobs is forbidden' } } as const;
  const isForbidden = ({ path }: { path: string }) => path.includes('/namespaces/forbidden/jobs');
  proxy.fault = (passing) => (isForbidden(passing) && !passing.isWrite ? refusal : undefined);
  operator = await startOperator(proxy.kubeconfig, [
    '--watch-namespace=forbidden',
    `--watch-namespace=${namespace}`,
  ]);
  const store = { apiVersion, kind, metadata: { name: 'web' }, spec: postgresSpec };
  await api.must('POST', storePath('forbidden'), store);
  await isNoticed();
  expect((await api.must('GET', jobPath('forbidden'))).items).toEqual([]);
  proxy.fault = () => undefined;
  await until('a Job there', async () => (await api.must('GET', jobPath('forbidden'))).items.length > 0);
});

describe('a request', () => {
  const isWrite = ({ isWrite: write }: { isWrite: boolean }) => write;

  test.each<[string, Fault]>([
    [
      'too many requests are answered with patience',
      { kind: 'answer', status: 429, headers: { 'retry-after': '1' } },
    ],
    ['a token that is no longer accepted is read again', { kind: 'answer', status: 401 }],
    ['a server that fails is asked again', { kind: 'answer', status: 500 }],
    ['a connection that breaks is made again', { kind: 'drop' }],
  ])('%s', async (_what, fault) => {
    const isOver = firstTimes(2, fault, isWrite);
    await isNoticed();
    expect(isOver()).toBe(true);
  });
});

describe('the probes', () => {
  test('a loop that stalls is not alive', async () => {
    proxy.fault = ({ isWrite }) => (isWrite ? { kind: 'hang' } : undefined);
    const name = 'stalls-the-loop';
    await api.must('POST', storePath(namespace), {
      apiVersion,
      kind,
      metadata: { name },
      spec: postgresSpec,
    });
    const { text } = await until('healthz to say 503', async () => {
      const answer = await answerOf('/healthz');
      return answer.status === 503 && answer;
    });
    expect(text).toContain('a reconcile has been running');
    await until('readyz to say 503', async () => (await answerOf('/readyz')).status === 503);
    proxy.fault = () => undefined;
    await until('healthz to say 200', async () => (await answerOf('/healthz')).status === 200);
  });

  test('a watch that stalls is not ready, and alive', async () => {
    proxy.fault = ({ isWatch }) => (isWatch ? { kind: 'hang' } : undefined);
    proxy.breakWatches();
    await until('readyz to say 503', async () => (await answerOf('/readyz')).status === 503);
    expect((await answerOf('/readyz')).text).toContain('no event or bookmark arrived for');
    expect((await answerOf('/healthz')).status).toBe(200);
    proxy.fault = () => undefined;
    await until('readyz to say 200', async () => (await answerOf('/readyz')).status === 200);
  });
});
