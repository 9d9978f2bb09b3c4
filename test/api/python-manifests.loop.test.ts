import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { until } from '../api-client.ts';
import { startTrial, type Trial } from './trial.ts';

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
});
afterAll(() => trial[Symbol.asyncDispose]());

const shelf = { claimName: 'claim', path: 'shop/sessions' };
const shelve = { backend: { shelve: shelf } };
const inFile = { claimName: 'claim', path: 'shop.durus' };
const atHost = { host: 'durus.shop' };
const aged = { cleanup: { unmodifiedFor: '12h' } };
const shelfOf = (more: object) => ({ backend: { shelve: { ...shelf, ...more } } });
const durus = (of: object) => ({ backend: { durus: of } });

describe('taken', () => {
  test.each<[string, unknown]>([
    ['a shelf', { ...shelve, cleanup: { unmodifiedFor: '12h' } }],
    [
      'a shelf, all said',
      {
        backend: {
          shelve: {
            ...shelf,
            dbm: 'sqlite3',
            form: 'Safe',
            whileInUse: 'Tolerate',
            colocateWith: { app: 'x' },
          },
        },
        layout: 'session3',
        setup: { migrate: true },
      },
    ],
    ['a Durus file', durus({ ...inFile, pack: true })],
    ['a Durus server that is not cleaned', durus(atHost)],
    ['a Durus server in the safe form, cleaned', { ...durus({ ...atHost, form: 'Safe' }), ...aged }],
    ['a Durus server that bears it', { ...durus({ ...atHost, whileInUse: 'Tolerate' }), ...aged }],
    ['a Durus file, cleaned while no process has it open', { ...durus(inFile), ...aged }],
    ['a shelf without locks, cleaned while no process has it open', { ...shelfOf({ dbm: 'ndbm' }), ...aged }],
    [
      'a safe shelf of any kind',
      { ...shelfOf({ dbm: 'dumb', form: 'Safe', whileInUse: 'Tolerate' }), ...aged },
    ],
    ['a Durus server', durus({ ...atHost, port: 2973, whileInUse: 'Tolerate' })],
    ...[
      'fd00::1',
      '10.96.0.1',
      '192.168.1.1',
      'durus-0.durus.shop.svc.cluster.local',
      '1a.example',
      'x0',
    ].map((host): [string, unknown] => [`a Durus server at ${host}`, durus({ host })]),
    [
      'the socket of a Durus server beside it',
      durus({ claimName: 'c', socket: 'run/durus.sock', colocateWith: { app: 'durus' } }),
    ],
  ])('%s', async (_what, spec) => expect(await trial.refusal(spec)).toBeUndefined());
});

describe('refused, with a sentence that says what to do', () => {
  test.each<[string, unknown, string]>([
    [
      'a shelf with a layout that pickles nothing',
      { ...shelve, layout: 'connect-pg-simple' },
      'layout must be supported by backend shelve: session3',
    ],
    [
      'Durus with a layout that pickles nothing',
      { ...durus(inFile), layout: 'connect-pg-simple' },
      'layout must be supported by backend durus: session3',
    ],
    ['a shelf without an age', { ...shelve, cleanup: {} }, 'cleanup.unmodifiedFor (and not expiredFor)'],
    [
      'createIndex on a shelf',
      { ...shelve, setup: { createIndex: true } },
      'setup.createIndex does not apply to backend shelve',
    ],
    [
      'a time zone in Durus',
      { ...durus(atHost), layoutOptions: { timeZone: 'UTC' } },
      'layoutOptions.timeZone does not apply to backend durus',
    ],
    ['a shelf out of the volume', { backend: { shelve: { ...shelf, path: '../sessions' } } }, 'should match'],
    ['an unknown kind of dbm', { backend: { shelve: { ...shelf, dbm: 'bsd' } } }, 'Unsupported value: "bsd"'],
    [
      'a running Durus server in session3’s form, cleaned',
      { ...durus(atHost), ...aged },
      'set whileInUse: Tolerate if the application retries, or form: Safe, or leave cleanup out',
    ],
    [
      'its socket, cleaned',
      { ...durus({ claimName: 'c', socket: 'durus.sock', colocateWith: { app: 'x' } }), ...aged },
      'fail with ConflictError',
    ],
    [
      'a shelf in use that has no lock, cleaned',
      { ...shelfOf({ dbm: 'ndbm', whileInUse: 'Tolerate' }), ...aged },
      'needs a dbm that locks: gnu or sqlite3',
    ],
    ['Durus nowhere', durus({}), 'name exactly one of path (a file), socket and host (a server)'],
    ['Durus in two places', durus({ ...inFile, ...atHost }), 'name exactly one of path'],
    ['a Durus file without its claim', durus({ path: 'shop.durus' }), 'claimName goes with path or socket'],
    [
      'a Durus server with a claim',
      durus({ ...atHost, claimName: 'c' }),
      'claimName goes with path or socket',
    ],
    ['a port of a Durus file', durus({ ...inFile, port: 2972 }), 'port goes with host'],
    ...[
      ...[
        '169.254.169.254',
        '169.254.43518',
        '2852039166',
        '0xa9fea9fe',
        '0251.0376.0251.0376',
        '0xa9.254.1',
      ],
      ...[
        '127.0.0.1',
        '127.1',
        '0',
        '0.0.0.0',
        '0.1.2.3',
        '::1',
        '::',
        '::ffff:169.254.169.254',
        '::a9fe:a9fe',
      ],
      ...['fe80::1', 'ff02::1', '224.0.0.1', '255.255.255.255', '64:ff9b::a9fe:a9fe', 'fd00:ec2::254'],
      ...['FD00:EC2:0:0::254', '100.100.100.200', '168.63.129.16', 'localhost', 'db.LOCALHOST', 'a:b'],
      'metadata.google.internal',
    ].map((host): [string, unknown, string] => [
      `a Durus server at ${host}`,
      durus({ host }),
      'host must be a name or an address in its usual form',
    ]),
    [
      'a priority class of the cluster’s own',
      { ...shelve, pod: { priorityClassName: 'system-node-critical' } },
      'must not be one of the cluster’s own',
    ],
    [
      'a socket of any node',
      durus({ claimName: 'c', socket: 'durus.sock' }),
      'set colocateWith to the labels of the server’s pods',
    ],
  ])('%s', async (_what, spec, sentence) => expect(await trial.refusal(spec)).toContain(sentence));
});

describe('fields that cannot change', () => {
  test.each<[string, unknown, unknown, string]>([
    [
      'the claim of a shelf',
      shelve,
      { backend: { shelve: { ...shelf, claimName: 'other' } } },
      'backend.shelve.claimName cannot change',
    ],
    [
      'the path of a shelf',
      shelve,
      { backend: { shelve: { ...shelf, path: 'other' } } },
      'backend.shelve.path cannot change',
    ],
    ['a Durus file into a server', durus(inFile), durus(atHost), 'backend.durus.claimName cannot change'],
    ['a Durus server’s host', durus(atHost), durus({ host: 'other' }), 'backend.durus.host cannot change'],
    [
      'a Durus server’s port',
      durus(atHost),
      durus({ ...atHost, port: 1 }),
      'backend.durus.port cannot change',
    ],
    [
      'the safe form of a shelf',
      { backend: { shelve: { ...shelf, form: 'Safe' } } },
      shelve,
      'form cannot change from Safe back to Session3',
    ],
    [
      'the safe form of a Durus storage',
      durus({ ...inFile, form: 'Safe' }),
      durus({ ...inFile, form: 'Session3' }),
      'form cannot change from Safe back to Session3',
    ],
  ])('%s', async (_what, from, to, sentence) =>
    expect(await trial.changeRefusal(from, to)).toContain(sentence),
  );

  test.each<[string, unknown, unknown]>([
    ['the port of Durus written out', durus(atHost), durus({ ...atHost, port: 2972 })],
    [
      'session3’s form of a shelf, for the safe one,',
      shelve,
      { backend: { shelve: { ...shelf, form: 'Safe' } }, setup: { migrate: true } },
    ],
    [
      'session3’s form of a Durus storage, for the safe one,',
      durus({ ...inFile, form: 'Session3' }),
      { ...durus({ ...inFile, form: 'Safe' }), setup: { migrate: true } },
    ],
  ])('but %s can', async (_what, from, to) => expect(await trial.changeRefusal(from, to)).toBeUndefined());
});

test('the policy of docs/security.md bounds Secrets, claims and settings of pods, and leaves the rest', async () => {
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(await readFile('docs/security.md', 'utf8')) ?? [];
  const [policy, binding] = parseAllDocuments(yaml).map((document) => document.toJS());
  const group = '/apis/admissionregistration.k8s.io/v1';
  await trial.api.must('POST', `${group}/validatingadmissionpolicies`, policy);
  await trial.api.must('POST', `${group}/validatingadmissionpolicybindings`, binding);
  const ofSecret = (secretName: string) => ({ postgres: { connection: { secretName } } });
  await until('the policy to refuse', async () =>
    (await trial.refusal({ backend: ofSecret('admin') }))?.includes('may use Secrets named'),
  );
  const fine = { backend: ofSecret('shop-sessions') };
  const ofClaim = (claimName: string) => ({ backend: { shelve: { claimName, path: 'x' } } });
  const cleanedBy = (secretName: string) => ({
    ...fine,
    cleanup: { unmodifiedFor: '1h', connection: { secretName } },
  });
  const pod = (settings: object) => ({ ...fine, pod: settings });
  for (const spec of [
    ...[fine, ofClaim('wiki-sessions'), cleanedBy('cleaner-sessions')],
    ...[pod({}), pod({ tolerations: [] }), { backend: { durus: atHost } }],
  ]) {
    expect(await trial.refusal(spec)).toBeUndefined();
  }
  for (const [spec, words] of [
    [cleanedBy('admin'), 'may use Secrets named'],
    [ofClaim('wiki'), 'may use claims named'],
    [pod({ serviceAccountName: 'admin' }), 'are for the platform team'],
    [pod({ priorityClassName: 'high' }), 'are for the platform team'],
    [pod({ imagePullSecrets: [{ name: 'x' }] }), 'are for the platform team'],
    [pod({ labels: { app: 'shop' } }), 'are for the platform team'],
    [{ ...fine, childMetadata: { labels: { app: 'shop' } } }, 'childMetadata.labels are for'],
  ] as const) {
    expect(await trial.refusal(spec)).toContain(words);
  }
});
