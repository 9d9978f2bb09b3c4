import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  connection,
  custom,
  customLayout,
  directory,
  modified,
  ownFiles,
  postgres,
  session3,
} from './specs.ts';
import { startTrial, type Trial } from './trial.ts';

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
});
afterAll(() => trial[Symbol.asyncDispose]());

describe('taken', () => {
  test.each<[string, unknown, string?]>([
    ['PostgreSQL, all defaults', session3],
    [
      'PostgreSQL, all said',
      {
        backend: { postgres: { connection, schema: 'app', table: 'web sessions' } },
        layout: 'connect-pg-simple',
        layoutOptions: { timeZone: 'America/New_York' },
        setup: { ifExists: 'Overwrite', overwriteToken: '2026-11-20', createIndex: true },
        cleanup: {
          expiredFor: '1d',
          schedule: 'H H(0-5) * * *',
          timeZone: 'Europe/Berlin',
          suspend: false,
          dryRun: true,
          pace: 'full',
          connection: { secretName: 'cleaner' },
        },
        suspend: false,
        pod: {
          resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '1Gi' } },
          nodeSelector: { disk: 'fast' },
          affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
          tolerations: [{ key: 'a', operator: 'Exists' }],
          securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, supplementalGroups: [2000] },
          serviceAccountName: 'db-client',
          priorityClassName: 'low',
          imagePullSecrets: [{ name: 'pull' }],
          labels: { team: 'shop' },
          annotations: { 'sidecar.istio.io/inject': 'false' },
        },
        childMetadata: {
          labels: { team: 'shop', 'kueue.x-k8s.io/queue-name': 'nightly' },
          annotations: { 'example.com/note': 'any text: ä' },
        },
      },
    ],
    ['a directory', { ...directory, cleanup: { unmodifiedFor: '12h' } }],
    [
      'files of Django with every option',
      {
        ...directory,
        layout: 'django-files',
        layoutOptions: { ttl: '14d', prefix: 'shop', timeZone: 'Asia/Tokyo' },
        cleanup: {},
      },
    ],
    [
      'a directory deep in the claim, beside pods',
      { backend: { directory: { claimName: 'c', path: 'a/b.c/d_e', colocateWith: { app: 'x' } } } },
    ],
    ['session3 in PostgreSQL with an age', { ...session3, cleanup: { unmodifiedFor: '30d' } }],
    [
      'a table in MySQL that may be migrated',
      { backend: { mysql: { connection } }, setup: { migrate: true } },
    ],
    ['migrate set to false for a store without migration', { ...directory, setup: { migrate: false } }],
    ['an age of 60 seconds', { ...postgres, cleanup: { expiredFor: '60s' } }],
    ['a table of one’s own', custom],
    ['a table of one’s own that stores the last change', modified({ unmodifiedFor: '2h' })],
    ['a folder of one’s own', ownFiles({ suffix: '.json', json: { path: ['ends'], unit: 'iso' } })],
    ['a name of 44 characters', session3, 'a'.repeat(44)],
  ])('%s', async (_what, spec, name) => expect(await trial.refusal(spec, name)).toBeUndefined());
});

/** A title, a spec, each part of the refusal, and the name if it matters. */
type Refused = [what: string, spec: unknown, sentences: string | readonly string[], name?: string];

describe('refused, with a sentence that says what to do', () => {
  test.each<Refused>([
    ['no backend', { backend: {} }, 'exactly one of postgres'],
    ['two backends', { backend: { ...session3.backend, ...directory.backend } }, 'exactly one of postgres'],
    ['an unknown layout', { ...session3, layout: 'express' }, 'Unsupported value'],
    [
      'a layout the backend does not know',
      { ...directory, layout: 'connect-pg-simple' },
      'layout must be supported by backend directory',
    ],
    [
      'no age where the layout has no expiry',
      { ...directory, cleanup: {} },
      'cleanup.unmodifiedFor (and not expiredFor) is required',
    ],
    [
      'an expiry where the layout has none',
      { ...session3, cleanup: { unmodifiedFor: '1h', expiredFor: '1h' } },
      'cleanup.unmodifiedFor (and not expiredFor)',
    ],
    [
      'an age of change where the layout has an expiry',
      { ...postgres, cleanup: { unmodifiedFor: '1h' } },
      'use expiredFor',
    ],
    [
      'a layout of one’s own that is not described',
      { ...custom, customLayout: undefined },
      'customLayout is required for the layout custom',
    ],
    [
      'a description of another layout',
      { ...postgres, customLayout },
      'customLayout is required for the layout custom, and applies to no other',
    ],
    [
      'a layout of one’s own without its table’s columns',
      { ...custom, customLayout: { means: 'expiry' } },
      'customLayout.table is required',
    ],
    [
      'a layout of one’s own without a table',
      { ...custom, backend: { mysql: { connection } } },
      'backend.mysql.table is required',
    ],
    [
      'a folder of one’s own without a word about its files',
      ownFiles(undefined),
      'customLayout.files is required',
    ],
    [
      'two places of a time',
      ownFiles({ header: { unit: 's' }, json: { path: ['a'], unit: 's' } }),
      'not in both',
    ],
    ['an expiry of one’s own last change', modified({ expiredFor: '1h' }), 'cleanup.unmodifiedFor (and not'],
    [
      'a renamed column that the library always names so',
      { ...postgres, layoutOptions: { columns: { sid: 'id' } } },
      'layoutOptions.columns applies only to',
    ],
    [
      'a limit that the library does not have',
      { ...postgres, layoutOptions: { creationLimit: true } },
      'layoutOptions.creationLimit applies only to',
    ],
    [
      'a clean-up of sessions that may be kept on purpose',
      { ...postgres, layout: 'better-auth', cleanup: { expiredFor: '1h' } },
      'layoutOptions.deletePreserved: true is required for a clean-up of better-auth',
    ],
    [
      'a consent that the library does not need',
      { ...postgres, layoutOptions: { deletePreserved: true } },
      'layoutOptions.deletePreserved applies only to better-auth',
    ],
    ['an age below a minute', { ...postgres, cleanup: { expiredFor: '59s' } }, 'at least a minute'],
    [
      'an age without a unit',
      { ...postgres, cleanup: { expiredFor: '300' } },
      ['should match', 'one unit, such as 90s'],
    ],
    [
      'an age of nothing',
      { ...postgres, cleanup: { expiredFor: '0s' } },
      ['should match', 'one unit, such as 90s'],
    ],
    [
      'Overwrite without a token',
      { ...session3, setup: { ifExists: 'Overwrite' } },
      'needs setup.overwriteToken',
    ],
    ...['sessionstore.dev/store', 'x.sessionstore.dev/y', 'batch.kubernetes.io/job-name', 'job-name'].flatMap(
      (key): Refused[] => [
        [`the label ${key}`, { ...session3, childMetadata: { labels: { [key]: 'x' } } }, 'are reserved'],
        [`the label ${key} of pods`, { ...session3, pod: { labels: { [key]: 'x' } } }, 'are reserved'],
        [
          `the annotation ${key}`,
          { ...session3, childMetadata: { annotations: { [key]: 'x' } } },
          'are reserved',
        ],
      ],
    ),
    ['a label of no syntax', { ...session3, childMetadata: { labels: { team: 'a b' } } }, 'should match'],
    [
      'a key of no syntax',
      { ...session3, childMetadata: { labels: { '-team': 'a' } } },
      'must be label keys',
    ],
    [
      'an annotation of pods of no syntax',
      { ...session3, pod: { annotations: { 'a b': 'a' } } },
      'must be label keys',
    ],
    [
      'an annotation of no syntax',
      { ...session3, childMetadata: { annotations: { 'a b': 'a' } } },
      'must be label keys',
    ],
    ...[
      ['a schedule with @', '@hourly * * * *'],
      ['a schedule of four fields', '0 12 * 1-3'],
      ['a schedule with double spaces', '0  * * * *'],
    ].map(
      ([what = '', schedule]): Refused => [
        what,
        { ...postgres, cleanup: { schedule } },
        ['should match', 'must be five fields of cron'],
      ],
    ),
    ...[
      ['a path out of the volume', '../other'],
      ['a path through the parent', 'a/../../b'],
      ['an absolute path', '/sessions'],
      ['the root of the volume', '.'],
      ['a dot-folder', '.sessions'],
    ].map(
      ([what = '', path]): Refused => [
        what,
        { backend: { directory: { claimName: 'c', path } } },
        ['should match', 'must be a path inside the claim'],
      ],
    ),
    [
      'a system schema',
      { backend: { postgres: { connection, schema: 'pg_catalog' } } },
      'belong to PostgreSQL',
    ],
    [
      'a table’s name that PostgreSQL would cut',
      { backend: { postgres: { connection, table: 'x'.repeat(64) } } },
      'Too long',
    ],
    [
      'createIndex on a directory',
      { ...directory, setup: { createIndex: true } },
      'setup.createIndex does not apply',
    ],
    [
      'migrate on a table in PostgreSQL',
      { ...session3, setup: { migrate: true } },
      'setup.migrate does not apply to backend postgres',
    ],
    [
      'migrate on a directory',
      { ...directory, setup: { migrate: true } },
      'setup.migrate does not apply to backend directory',
    ],
    [
      'a time zone on a directory',
      { ...directory, layoutOptions: { timeZone: 'UTC' } },
      'layoutOptions.timeZone does not apply',
    ],
    [
      'files whose lifetime only the application knows, without it',
      { ...directory, layout: 'adonisjs-files' },
      'layoutOptions.ttl is required for session-file-store, django-files, adonisjs-files',
    ],
    [
      'a lifetime of files that have one',
      { ...directory, layout: 'flask-cachelib', layoutOptions: { ttl: '1h' } },
      'layoutOptions.ttl applies only to',
    ],
    [
      'subfolders of Laravel',
      { ...directory, layout: 'laravel-files', layoutOptions: { depth: 2 } },
      'layoutOptions.depth applies only to php-files',
    ],
    [
      'another beginning of PHP’s file names',
      { ...directory, layout: 'php-files', layoutOptions: { prefix: 'shop_' } },
      'layoutOptions.prefix applies only to codeigniter4-files, django-files',
    ],
    [
      'a clean-up connection on a directory',
      { ...directory, cleanup: { unmodifiedFor: '1h', connection } },
      'cleanup.connection does not apply',
    ],
    [
      'a pod as root',
      { ...session3, pod: { securityContext: { runAsUser: 0 } } },
      'greater than or equal to 1',
    ],
    ['a field that does not exist', { ...session3, pasword: 'x' }, 'unknown field'],
    ['a name with dots', session3, 'metadata.name must be a DNS label', 'web.shop'],
    ['a name of 45 characters', session3, 'metadata.name must be a DNS label', 'a'.repeat(45)],
  ])('%s', async (_what, spec, sentences, name) => {
    const refusal = await trial.refusal(spec, name);
    for (const sentence of [sentences].flat()) expect(refusal).toContain(sentence);
  });
});
