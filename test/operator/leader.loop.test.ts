import { KubeConfig } from '@kubernetes/client-node';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../scripts/cluster/control-plane.ts';
import { ApiServer } from '../../src/kube/api-server.ts';
import { LeaderElection, type LeaderOptions } from '../../src/operator/leader.ts';
import { ApiClient, until } from '../api-client.ts';
import { ApiProxy, type Passing } from '../servers/api-proxy.ts';

const leasePath = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const log = pino({ level: 'silent' });
/** No lease is lost because the machine is busy. */
const patient = { namespace: 'default', leaseSeconds: 60, renewDeadlineMs: 40_000, retryMs: 200 };
/** For what happens when a lease is over. */
const quick = { leaseSeconds: 3, renewDeadlineMs: 2000 };

let controlPlane: ControlPlane;
let api: ApiClient;
let proxy: ApiProxy;
let server: ApiServer;
let proxied: ApiServer;
let stop: AbortController;
let leases = 0;
let name: string;

const apiServer = (kubeconfig: string) =>
  new ApiServer({
    loadConfig: () => {
      const config = new KubeConfig();
      config.loadFromFile(kubeconfig);
      return config;
    },
  });

beforeAll(async () => {
  controlPlane = await startControlPlane();
  api = new ApiClient(controlPlane);
  proxy = await ApiProxy.start(controlPlane);
  server = apiServer(controlPlane.kubeconfig);
  proxied = apiServer(proxy.kubeconfig);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await proxied[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await api.close();
  await controlPlane.stop();
});

beforeEach(() => {
  leases += 1;
  name = `lease-${leases}`;
  stop = new AbortController();
  proxy.fault = () => undefined;
});

afterEach(() => stop.abort());

const election = (identity: string, options: Partial<LeaderOptions> = {}, through = server) =>
  new LeaderElection(through, { ...patient, name, identity, ...options }, log);

const lease = async () => (await api.must('GET', `${leasePath}/${name}`)).spec;

/** Whether and when it leads. */
function wait(leader: LeaderElection) {
  const waiting = { leads: false, at: 0 };
  const acquired = leader.acquire(stop.signal).then(() => {
    waiting.leads = !stop.signal.aborted;
    waiting.at = performance.now();
  });
  return Object.assign(waiting, { acquired });
}

const isLook = ({ method, path }: Passing) => method === 'GET' && path.endsWith(`/${name}`);

/** Number of times that the replicas behind the proxy looked at the lease. */
const looks = () => proxy.requests.filter(isLook).length;

/** The times of the looks from now on; those that `isRefused` is true of are answered with an error. */
function timesOfLooks(isRefused: (count: number) => boolean = () => false): readonly number[] {
  const times: number[] = [];
  proxy.fault = (passing) => {
    if (!isLook(passing)) return undefined;
    times.push(performance.now());
    return isRefused(times.length) ? { kind: 'answer', status: 500 } : undefined;
  };
  return times;
}

/**
 * The lease was taken at the first look after it was over: the look before that came while it held. A look at `from` or
 * later has had its answer before the next one.
 */
function expectTakenOnceOver(times: readonly number[], from: number): void {
  const seenBy = times.filter((time) => time >= from)[1] ?? Number.NaN;
  expect(times.at(-2)).toBeLessThan(seenBy + 3000);
}

const untilLooks = (count: number) => until(`look ${count} at the lease`, async () => looks() >= count);

/** Renews in the background; what ended it, undefined where that was the test. */
function renew(leader: LeaderElection): Promise<Error | undefined> {
  return leader.hold(stop.signal).then(
    () => undefined,
    (error: Error) => error,
  );
}

test('one leads and the other waits, for longer than a lease lasts', async () => {
  const first = election('first', { leaseSeconds: 15, renewDeadlineMs: 13_000 });
  await first.acquire(stop.signal);
  const held = renew(first);
  const second = wait(election('second'));
  await until('renewals for longer than a lease lasts', async () => {
    const { renewTime, acquireTime } = await lease();
    return Date.parse(renewTime) - Date.parse(acquireTime) > 16_000;
  });
  expect(second.leads).toBe(false);
  expect(await lease()).toMatchObject({ holderIdentity: 'first', leaseTransitions: 0 });
  expect(first.isHealthy()).toBe(true);
  stop.abort();
  expect(await held).toBeUndefined();
});

test('a lease that is given back is taken over at once', async () => {
  const first = election('first', { leaseSeconds: 60 });
  await first.acquire(stop.signal);
  const second = wait(election('second', { leaseSeconds: 60 }, proxied));
  await untilLooks(2);
  expect(second.leads).toBe(false);
  await first.release();
  const before = looks();
  await second.acquired;
  // One look may have read the lease before it was given back.
  expect(looks() - before).toBeLessThanOrEqual(2);
  expect(await lease()).toMatchObject({ holderIdentity: 'second', leaseTransitions: 1 });
});

test('a holder that stops renewing is replaced once its lease is over, and not before', async () => {
  await election('first', quick).acquire(stop.signal);
  const times = timesOfLooks();
  const started = performance.now();
  const second = wait(election('second', {}, proxied));
  await second.acquired;
  expect(second.at - started).toBeGreaterThan(3000);
  expectTakenOnceOver(times, started);
});

test.each([
  ['long ago', '2001-01-01T00:00:00.000000Z'],
  ['in the far future', '2101-01-01T00:00:00.000000Z'],
])('a holder whose clock is %s is waited for by our own clock', async (_when, renewTime) => {
  const spec = { holderIdentity: 'skewed', leaseDurationSeconds: 3, renewTime, acquireTime: renewTime };
  await api.must('POST', leasePath, { metadata: { name }, spec });
  let renewed = Number.NaN;
  // The first look sees the lease; no other does until it is changed, however long that takes.
  const times = timesOfLooks((count) => count > 1 && Number.isNaN(renewed));
  const waiting = wait(election('second', {}, proxied));
  await until('some looks', async () => times.length >= 3);
  // A changed lease counts from the change.
  const renewing = performance.now();
  await api.merge(`${leasePath}/${name}`, { metadata: { labels: { renewed: 'once' } } });
  renewed = performance.now();
  await waiting.acquired;
  expect(waiting.at - renewing).toBeGreaterThan(3000);
  expectTakenOnceOver(times, renewed);
});

test('of several who want a free lease at once, one has it', async () => {
  const waiting = ['a', 'b', 'c', 'd'].map((identity) =>
    wait(election(identity, { leaseSeconds: 60 }, proxied)),
  );
  await until('a leader', async () => waiting.some(({ leads }) => leads));
  // The three others look several times.
  await untilLooks(looks() + 12);
  expect(waiting.filter(({ leads }) => leads)).toHaveLength(1);
});

test('a holder that another replaced stops', async () => {
  const first = election('first');
  await first.acquire(stop.signal);
  const ended = renew(first);
  await api.merge(`${leasePath}/${name}`, { spec: { holderIdentity: 'usurper' } });
  expect((await ended)?.message).toBe('the leader’s lease was taken by another replica');
});

test('a holder whose lease somebody labels goes on', async () => {
  const first = election('first');
  await first.acquire(stop.signal);
  const held = renew(first);
  await api.merge(`${leasePath}/${name}`, { metadata: { labels: { team: 'shop' } } });
  const { renewTime } = await lease();
  await until('another renewal', async () => (await lease()).renewTime !== renewTime);
  stop.abort();
  expect(await held).toBeUndefined();
});

test('a holder whom no answer reaches goes on once it does, though its renewal was done', async () => {
  const first = election('first', {}, proxied);
  await first.acquire(stop.signal);
  const held = renew(first);
  let effect: Promise<unknown> | undefined;
  proxy.fault = ({ method, path }) => {
    if (effect || method !== 'PUT' || !path.includes(name)) return undefined;
    // The effect on the server of the renewal whose response is lost.
    effect = api.merge(`${leasePath}/${name}`, { spec: { renewTime: '2026-11-20T10:00:00.000000Z' } });
    return { kind: 'drop' };
  };
  await until('the loss', async () => effect !== undefined);
  await effect;
  await until(
    'another renewal',
    async () => !(await lease()).renewTime.startsWith('2026-11-20T10:00:00.0000'),
  );
  stop.abort();
  expect(await held).toBeUndefined();
});

test('a holder whom the server does not answer stops before another may begin', async () => {
  const first = election('first', { leaseSeconds: 6, renewDeadlineMs: 2000 }, proxied);
  await first.acquire(stop.signal);
  const order: string[] = [];
  const second = wait(election('second'));
  const began = second.acquired.then(() => order.push('the second begins'));
  proxy.fault = () => ({ kind: 'hang' });
  const error = await renew(first);
  order.push('the first stops');
  expect(error?.message).toContain('could not be renewed in time');
  await began;
  expect(order).toEqual(['the first stops', 'the second begins']);
});

test('a lease that cannot be given back is no failure', async () => {
  const first = election('first', {}, proxied);
  await first.acquire(stop.signal);
  proxy.fault = () => ({ kind: 'drop' });
  await first.release();
  expect((await lease()).holderIdentity).toBe('first');
});

test('the Lease carries times to the microsecond and the duration that others wait for', async () => {
  await election('first', quick).acquire(stop.signal);
  const { renewTime, acquireTime, leaseDurationSeconds } = await lease();
  for (const time of [renewTime, acquireTime])
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  expect(leaseDurationSeconds).toBe(3);
});

test('a replica that waits when it is told to stop does not lead', async () => {
  await election('first').acquire(stop.signal);
  const second = election('second', {}, proxied);
  const waiting = wait(second);
  await untilLooks(1);
  stop.abort();
  await waiting.acquired;
  await second.release();
  expect((await lease()).holderIdentity).toBe('first');
});
