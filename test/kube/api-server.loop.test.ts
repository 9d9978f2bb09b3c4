import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import type { KubeObject } from '../../src/api/kubernetes.ts';
import type { SessionStoreResource } from '../../src/api/session-store-resource.ts';
import type { StatusEvent } from '../../src/api/status-event.ts';
import { ApiServer } from '../../src/kube/api-server.ts';
import { EventRecorder } from '../../src/kube/event-recorder.ts';
import { ListWatch } from '../../src/kube/list-watch.ts';
import { ApiClient, createNamespace, until } from '../api-client.ts';
import { sessionStore } from '../builders.ts';
import { ApiProxy } from '../servers/api-proxy.ts';

const log = pino({ level: 'silent' });
const path = '/api/v1/namespaces/default/configmaps';
const nobody = {
  transform: (object: KubeObject) => object,
  replace: () => undefined,
  put: () => undefined,
  remove: () => undefined,
  reset: () => undefined,
};

let controlPlane: ControlPlane;
let api: ApiClient;
let proxy: ApiProxy;
let server: ApiServer;
let stop: AbortController;
let running: Promise<void>[];

beforeAll(async () => {
  controlPlane = await startControlPlane();
  api = new ApiClient(controlPlane);
  await createNamespace(api, 'shop');
});

afterAll(async () => {
  await api.close();
  await controlPlane.stop();
});

beforeEach(async () => {
  proxy = await ApiProxy.start(controlPlane);
  const config = new KubeConfig();
  config.loadFromFile(proxy.kubeconfig);
  server = new ApiServer({ loadConfig: () => config });
  stop = new AbortController();
  running = [];
});

afterEach(async () => {
  proxy.fault = () => undefined;
  stop.abort();
  await Promise.all(running);
  await server[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
});

function follow(): ListWatch<KubeObject> {
  const watch = new ListWatch<KubeObject>(server, { path }, nobody, log);
  running.push(watch.run(stop.signal));
  return watch;
}

const watches = () => proxy.requests.filter(({ isWatch }) => isWatch).length;

describe('a watch', () => {
  test('that ends as soon as it is opened is not opened again in a storm', async () => {
    proxy.fault = ({ isWatch }) => (isWatch ? { kind: 'answer', status: 200 } : undefined);
    follow();
    await until('a third try', async () => watches() >= 3);
    const before = watches();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(watches() - before).toBeLessThan(3);
  });

  test('waits as long as the header of a refusal asks', async () => {
    const refusal = { kind: 'answer', status: 429, headers: { 'retry-after': '3' } } as const;
    let refusedAt = 0;
    let openedAt = 0;
    proxy.fault = ({ isWatch }) => {
      if (!isWatch) return undefined;
      if (refusedAt > 0) openedAt ||= performance.now();
      refusedAt ||= performance.now();
      return openedAt > 0 ? undefined : refusal;
    };
    follow();
    await until('another try', async () => openedAt > 0);
    expect(openedAt - refusedAt).toBeGreaterThan(2900);
  });

  test('leaves room for requests, however many there are', async () => {
    const many = Array.from({ length: 60 }, follow);
    await until('every watch', async () => many.every(({ isSynced }) => isSynced) && watches() >= 60);
    await server.request({ method: 'GET', path });
  });

  test('with a first list that gets no response ends when it is told to', async () => {
    proxy.fault = () => ({ kind: 'hang' });
    follow();
    await until('the list', async () => proxy.requests.length > 0);
    const started = performance.now();
    stop.abort();
    await Promise.all(running);
    // A list has 20 seconds by itself.
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});

describe('events', () => {
  const news: StatusEvent = { type: 'Normal', reason: 'CleanedUp', action: 'CleanUp', note: 'as before' };
  const path = '/apis/events.k8s.io/v1/namespaces/shop/events';
  const ofStore = async (store: SessionStoreResource) =>
    (await api.must('GET', path)).items.filter(
      ({ regarding }: { regarding: { uid: string } }) => regarding.uid === store.metadata.uid,
    );

  test('the same news again is one event with a count, other news another event', async () => {
    const store = sessionStore(undefined, { uid: 'repeats' });
    const events = new EventRecorder(server, 'operator-1', log);
    for (let i = 0; i < 3; i += 1) events.emit(store, news);
    events.emit(store, { ...news, note: 'something else' });
    await events.drained();
    const found = await ofStore(store);
    expect(found.map(({ series }: { series?: { count: number } }) => series?.count).sort()).toEqual([
      3,
      undefined,
    ]);
  });

  test('a refused event delays neither its caller nor the next event', async () => {
    const store = sessionStore(undefined, { uid: 'refused' });
    const events = new EventRecorder(server, 'operator-1', log);
    events.emit(store, { ...news, reason: '' as 'CleanedUp' });
    events.emit(store, news);
    await events.drained();
    expect(await ofStore(store)).toHaveLength(1);
  });

  test('that cannot be written do not pile up', async () => {
    proxy.fault = () => ({ kind: 'drop' });
    const store = sessionStore(undefined, { uid: 'many' });
    const lines: string[] = [];
    const telling = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const events = new EventRecorder(server, 'operator-1', telling);
    for (let i = 0; i < 1500; i += 1) events.emit(store, { ...news, note: `news ${i}` });
    expect(lines.filter((line) => line.includes('too many events wait'))).toHaveLength(500);
    await events.drained();
    expect(await ofStore(store)).toEqual([]);
  });

  test('an event that was deleted is written again', async () => {
    const store = sessionStore(undefined, { uid: 'deleted' });
    const events = new EventRecorder(server, 'operator-1', log);
    events.emit(store, news);
    await events.drained();
    const [first] = await ofStore(store);
    await api.must('DELETE', `${path}/${first.metadata.name}`);
    events.emit(store, news);
    await events.drained();
    expect(await ofStore(store)).toHaveLength(1);
  });
});
