import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { setImmediate as tick } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { storeInput } from '../../src/desired/runner-args.ts';
import { cronJob, postgresSpec, sessionStore } from '../builders.ts';
import { useFakeApiServer } from './fake-api-server.ts';
import { cliOutcome } from './fake-terminal.ts';

const stores = Array.from({ length: 7 }, (_, n) => {
  const store = sessionStore(postgresSpec);
  const uid = `uid-${n}`;
  return { ...store, metadata: { ...store.metadata, name: `shop-${n}`, uid } };
});
const args = ['delete-old', '--store', JSON.stringify({ store: storeInput(postgresSpec, 'cleanup') })];
const template = { spec: { containers: [{ name: 'runner', args }] } };

/** The Jobs that were asked for, in order, and the watches of Jobs. */
const cluster = {
  jobs: [] as string[],
  watches: [] as ServerResponse[],
  heldAnswers: [] as (() => void)[],
  holds: false,
};
beforeEach(() => {
  Object.assign(cluster, { jobs: [], watches: [], heldAnswers: [], holds: false });
});

const job = (name: string, status: object, version: string) => ({
  metadata: {
    name,
    namespace: 'shop',
    uid: name,
    resourceVersion: version,
    creationTimestamp: '2026-11-20T11:17:00Z',
  },
  spec: { template },
  status,
});

/** Tells the watch that a Job has ended. */
function end(name: string): void {
  const conditions = [{ type: 'Complete', status: 'True', lastTransitionTime: '2026-11-20T11:18:00Z' }];
  const event = { type: 'MODIFIED', object: job(name, { conditions, succeeded: 1 }, '99') };
  for (const watch of cluster.watches) watch.write(`${JSON.stringify(event)}\n`);
}

const emptyList = { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [] };
const server = useFakeApiServer([
  [/selfsubjectaccessreviews/, () => ({ status: { allowed: true } })],
  [/\/sessionstores\?/, () => ({ ...emptyList, items: stores })],
  [/\/sessionstores\/shop-1$/, () => stores[1]],
  [
    /\/cronjobs\/(shop-\d)-cleanup/,
    (url) => {
      const [, name = ''] = /(shop-\d)-cleanup/.exec(url) ?? [];
      const found = cronJob({ jobTemplate: { spec: { template } } }, `uid-${name.at(-1)}`);
      return { ...found, metadata: { ...found.metadata, name: `${name}-cleanup` } };
    },
  ],
  [
    /\/jobs\?fieldManager/,
    (_url, response) => {
      const name = `run-${cluster.jobs.length}`;
      cluster.jobs.push(name);
      const answer = () => response.end(JSON.stringify(job(name, {}, '2')));
      if (cluster.holds) cluster.heldAnswers.push(answer);
      else answer();
    },
  ],
  [
    /watch=true/,
    (url, response) => {
      if (url.includes('/jobs?')) cluster.watches.push(response);
      response.writeHead(200).flushHeaders();
    },
  ],
  [/./, () => emptyList],
]);

/** `clean` at a terminal, with a person who presses Ctrl+C and answers. */
function cleaning(...names: readonly string[]) {
  const signals = new EventEmitter();
  const keyboard = new PassThrough();
  let text = '';
  const onWrite = (written: string) => {
    text = written;
  };
  const options = { signals, keyboard, columns: 80, onWrite };
  const running = cliOutcome(['clean', ...names, '--kubeconfig', server.kubeconfig], options);
  const until = async (isThere: () => boolean) => {
    while (!isThere()) await tick();
  };
  return { running, signals, keyboard, until, hasSaid: (words: string) => until(() => text.includes(words)) };
}

test('once Ctrl+C was pressed no other run starts, and the stores that are left are named', async () => {
  const { running, signals, keyboard, until, hasSaid } = cleaning('--all');
  await until(() => cluster.jobs.length === 5 && cluster.watches.length > 0);
  await hasSaid('shop-4');
  signals.emit('SIGINT');
  await hasSaid('Stop the 5 runs that go on? [y/N]');
  for (const n of [0, 1, 2]) {
    end(`run-${n}`);
    await hasSaid(`shop-${n}: finished`);
  }
  keyboard.write('n\n');
  const { exitCode, stderr } = await running;
  expect(exitCode).toBe(130);
  expect(cluster.jobs).toHaveLength(5);
  expect(stderr).toContain('No run was started for shop-5, shop-6');
});

/** Presses Ctrl+C so many times while a run is being started. */
async function whileStarting(presses: number) {
  cluster.holds = true;
  const person = cleaning('shop-1');
  await person.until(() => cluster.heldAnswers.length === 1);
  for (let press = 0; press < presses; press += 1) {
    person.signals.emit('SIGINT');
    await tick();
  }
  for (const answer of cluster.heldAnswers) answer();
  return person;
}

test('a run that is being started at Ctrl+C is asked about, and its Job is named', async () => {
  const { running, keyboard, hasSaid } = await whileStarting(1);
  await hasSaid('Stop the run of shop-1? [y/N]');
  keyboard.write('\n');
  const { exitCode, stderr } = await running;
  expect(exitCode).toBe(130);
  expect(stderr).toContain('Job run-0 goes on in the cluster');
});

test('a second Ctrl+C leaves without a question, also before there is one', async () => {
  const { running } = await whileStarting(2);
  const { exitCode, stderr } = await running;
  expect(exitCode).toBe(130);
  expect(stderr).not.toContain('[y/N]');
  expect(stderr).toContain('Job run-0 goes on in the cluster');
});
