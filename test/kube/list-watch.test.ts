import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/kubernetes.ts';
import { ApiError } from '../../src/kube/api-error.ts';
import type { ApiServer, Request } from '../../src/kube/api-server.ts';
import { Cache } from '../../src/kube/cache.ts';
import { ListWatch } from '../../src/kube/list-watch.ts';
import { until } from '../api-client.ts';

const object = (name: string, resourceVersion: string): KubeObject => ({
  metadata: { name, namespace: 'shop', uid: `${name}-uid`, resourceVersion, creationTimestamp: '' },
});

/** The existing objects, as of a version, and the events of the next watches. */
let there: { version: string; objects: readonly KubeObject[] };
let watched: string[];
/** Objects to a page, as lists ask for them. */
let limits: Set<unknown>;
/** The versions that a watch passed on. */
let told: string[];
let onWatch: (from: string, signal: AbortSignal) => AsyncIterable<string>;
let cache: Cache<KubeObject>;
let stop: AbortController;
let running: Promise<void>;

async function* silent(signal: AbortSignal): AsyncGenerator<string> {
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

const server = {
  request: async ({ query }: Request) => {
    limits.add(query?.['limit']);
    return {
      kind: 'List',
      apiVersion: 'v1',
      metadata: { resourceVersion: there.version },
      items: there.objects,
    };
  },
  watch: async ({ query }: Request, signal: AbortSignal) => {
    const from = query?.['resourceVersion'] ?? '';
    watched.push(from);
    return onWatch(from, signal);
  },
} as unknown as ApiServer;

beforeEach(() => {
  watched = [];
  limits = new Set();
  told = [];
  cache = new Cache(() => undefined);
  stop = new AbortController();
  onWatch = (_from, signal) => silent(signal);
});

afterEach(async () => {
  stop.abort();
  await running;
});

/** Fails like a projection with an unexpected error. */
function taken(each: KubeObject): KubeObject {
  if (each.metadata.name === 'unforeseen') throw new TypeError('an unexpected error');
  return each;
}

/** The default is longer than a test takes: a watch that ended before the test has looked would list again. */
function start(silenceMs = 60_000): void {
  const listener = {
    transform: (each: KubeObject) => taken(each),
    replace: cache.replace.bind(cache),
    put: (each: KubeObject) => {
      told.push(each.metadata.resourceVersion);
      cache.put(taken(each));
    },
    remove: (gone: KubeObject) => cache.remove(gone),
    isEcho: (version: string) => cache.isEcho(version),
    reset: () => cache.clear(),
  };
  const watch = new ListWatch(server, { path: '/things', silenceMs }, listener, pino({ level: 'silent' }));
  running = watch.run(stop.signal);
}

const names = () => [...cache.values()].map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);

test('a watch that tells nothing, not even a bookmark, is followed by a list', async () => {
  there = { version: '10', objects: [object('web', '5')] };
  start(100);
  await until('a watch', async () => watched.length > 0);
  there = { version: '12', objects: [object('web', '11')] };
  await until('news', async () => names().includes('web@11'));
});

test('a version that the server does not know yet is not asked for again', async () => {
  there = { version: '10', objects: [] };
  onWatch = (from, signal) => {
    if (from === '10') throw new ApiError(504, 'Timeout', 'Too large resource version: 10, current: 9');
    return silent(signal);
  };
  start();
  await until('a watch', async () => watched.length > 0);
  there = { version: '11', objects: [] };
  await until('a watch from another version', async () => watched.includes('11'));
});

test('after a backup was restored, what is there now stands, though its versions are lower', async () => {
  there = { version: '900', objects: [object('web', '800'), object('lost', '850')] };
  start(100);
  await until('a watch', async () => watched.length > 0);
  there = { version: '300', objects: [object('web', '200'), object('old', '250')] };
  await until('the list', async () => watched.includes('300'));
  expect(names().sort()).toEqual(['old@250', 'web@200']);
});

test('one object that cannot be taken in keeps no other away, from a list or a watch', async () => {
  there = { version: '10', objects: [object('unforeseen', '1'), object('web', '2')] };
  const events = [object('unforeseen', '11'), object('later', '12')].map((each) =>
    JSON.stringify({ type: 'ADDED', object: each }),
  );
  onWatch = async function* (_from, signal) {
    yield* events;
    yield* silent(signal);
  };
  start();
  await until('both of the others', async () => cache.get('shop/web') && cache.get('shop/later'));
  expect(cache.size).toBe(2);
});

test('pages are small, because several lists are read at a time', async () => {
  there = { version: '10', objects: [object('web', '2')] };
  start();
  await until('a watch', async () => watched.length > 0);
  expect(limits).toEqual(new Set(['100']));
});

const lineOf = (type: string, each: KubeObject): string => JSON.stringify({ type, object: each });

/** Passes lines through a watch, after writes made these versions of a stored object. */
async function pass(written: readonly KubeObject[], lines: readonly string[]): Promise<void> {
  there = { version: '10', objects: [object('web', '2')] };
  const end = lineOf('ADDED', object('end', '99'));
  onWatch = async function* (_from, signal) {
    for (const each of written) cache.recordWrite(each);
    yield* [...lines, end];
    yield* silent(signal);
  };
  start();
  await until('the last line', async () => told.includes('99'));
}

test('the report of an own write is not read, and the watch goes on from its version', async () => {
  let isOver = false;
  there = { version: '10', objects: [object('web', '2')] };
  onWatch = async function* (from, signal) {
    if (from !== '10') yield* silent(signal);
    cache.recordWrite(object('web', '11'));
    yield lineOf('MODIFIED', object('web', '11'));
    isOver = true;
  };
  start();
  await until('the next watch', async () => isOver && watched.length === 2);
  expect(watched).toEqual(['10', '11']);
  expect(told).toEqual([]);
  expect(names()).toEqual(['web@11']);
});

test('the report of another client’s write is read, between two of the operator', async () => {
  const lines = ['11', '12', '13'].map((version) => lineOf('MODIFIED', object('web', version)));
  await pass([object('web', '11'), object('web', '13')], lines);
  expect(told).toEqual(['12', '99']);
  expect(names()).toContain('web@13');
});

test('an object that lost its label by an own write is deleted', async () => {
  await pass([object('web', '11')], [lineOf('DELETED', object('web', '11'))]);
  expect(names()).toEqual(['end@99']);
});

test('an annotation that looks like the version of an own write hides no change', async () => {
  const annotations = { resourceVersion: '11', text: '"resourceVersion":"11"' };
  const theirs = { metadata: { annotations, ...object('web', '12').metadata } };
  await pass([object('web', '11')], [lineOf('MODIFIED', theirs)]);
  expect(told).toEqual(['12', '99']);
  expect(names()).toContain('web@12');
});

test('a text that looks like a version does not keep an own write from being recognized', async () => {
  const annotations = { text: '"resourceVersion":"12"' };
  const ours = { metadata: { annotations, ...object('web', '11').metadata } };
  await pass([ours], [lineOf('MODIFIED', ours)]);
  expect(told).toEqual(['99']);
});
