import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { apiVersion, kind } from '../../src/api/group.ts';
import { ApiServer } from '../../src/kube/api-server.ts';
import type { Cache } from '../../src/kube/cache.ts';
import { Cluster } from '../../src/kube/cluster.ts';
import { apiReader, unfinishedPods } from '../../src/kube/list.ts';
import {
  ApiClient,
  createNamespace,
  cronJobPath,
  installCrd,
  jobPath,
  storePath,
  until,
} from '../api-client.ts';
import { postgresSpec } from '../builders.ts';

const namespace = 'large';
const labels = { 'app.kubernetes.io/managed-by': 'session-store-operator', 'sessionstore.dev/store': 'web' };
/** As large as the API server takes it. */
const long = 'x'.repeat(1_200_000);
/** All annotations of an object together. */
const annotations = { large: 'x'.repeat(250_000) };
/** More than fit into one page of the operator's: of Jobs, as many as that; of the others a few. */
const count = 8;
const few = 2;

let controlPlane: ControlPlane;
let api: ApiClient;
let config: KubeConfig;
/** The bytes of each answer. */
let answers: number[];

const container = { name: 'runner', image: 'x', args: [long] };
const template = { spec: { restartPolicy: 'Never', containers: [container] } };

const others = {
  [cronJobPath(namespace)]: {
    spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template } } },
  },
  [`/api/v1/namespaces/${namespace}/pods`]: { spec: { ...template.spec, schedulerName: 'none' } },
  [storePath(namespace)]: {
    apiVersion,
    kind,
    spec: { ...postgresSpec, suspend: true, pod: { affinity: { unknown: long } } },
  },
};

beforeAll(async () => {
  controlPlane = await startControlPlane();
  api = new ApiClient(controlPlane);
  await installCrd(api);
  await createNamespace(api, namespace);
  config = new KubeConfig();
  config.loadFromFile(controlPlane.kubeconfig);
  const names = Array.from({ length: count }, (_, i) => `large-${i}`);
  await Promise.all(names.map(makeJob));
  await Promise.all(names.slice(0, few).map(makeOthers));
});

const make = (path: string, name: string, manifest: object) =>
  api.must('POST', path, { ...manifest, metadata: { name, labels, annotations } });

const makeJob = (name: string) => make(jobPath(namespace), name, { spec: { suspend: true, template } });

/** One object of each other kind; and a status, written by another client. */
async function makeOthers(name: string): Promise<void> {
  for (const [path, manifest] of Object.entries(others)) await make(path, name, manifest);
  const effective = { [long]: { value: 'x', source: 'Spec' } };
  await api.merge(`${storePath(namespace, name)}/status`, { status: { effective } });
}

afterAll(async () => {
  await api.close();
  await controlPlane.stop();
});

/** The API server as the operator asks it, each answer's bytes written down. */
function countingServer(): ApiServer {
  answers = [];
  const server = new ApiServer({ loadConfig: () => config });
  const request = server.request.bind(server);
  server.request = async <T>(...args: Parameters<ApiServer['request']>) => {
    const answer = await request<T>(...args);
    answers.push(JSON.stringify(answer).length);
    return answer;
  };
  return server;
}

const sizes = (cache: Cache<never>) => [...cache.values()].map((object) => JSON.stringify(object).length);

test('objects as large as the API server takes them are kept in a few KB each, and come a few at a time', async () => {
  await using server = countingServer();
  const cluster = new Cluster(server, { onChange: () => undefined }, pino({ level: 'silent' }));
  const stop = new AbortController();
  const running = cluster.run(stop.signal);
  await until('the caches', async () => cluster.isSettled);
  stop.abort();
  await running;
  for (const cache of [cluster.jobs, cluster.cronJobs, cluster.pods, cluster.sessionStores]) {
    const found = sizes(cache as unknown as Cache<never>);
    expect(found).toHaveLength(cache === cluster.jobs ? count : few);
    expect(Math.max(...found)).toBeLessThan(6 * 1024);
  }
  // One list came in more than one page.
  expect(answers.length).toBeGreaterThan(cluster.watches.length);
  expect(Math.max(...answers)).toBeLessThan(8 * 2 ** 20);
});

test('a store and a CronJob that are kept in part are read again with what a look needs', async () => {
  await using server = countingServer();
  const reader = apiReader(server);
  const store = await reader.sessionStore(namespace, 'large-0');
  expect(store?.spec.backend).toEqual(postgresSpec.backend);
  // Longer than the operator writes it.
  expect(store?.status).toBeUndefined();
  const cronJob = await reader.cronJob(namespace, 'large-0');
  expect(cronJob?.spec['jobTemplate']).toMatchObject({
    spec: { 'more than any CronJob of the operator holds': true },
  });
  expect(await reader.cronJob(namespace, 'none')).toBeUndefined();
});

test('pods that are asked for are reduced as they come', async () => {
  await using server = countingServer();
  const pods = await unfinishedPods(server, namespace);
  expect(pods).toHaveLength(few);
  expect(JSON.stringify(pods).length).toBeLessThan(few * 1024);
});
