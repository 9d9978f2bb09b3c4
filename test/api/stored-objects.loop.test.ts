import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layouts } from '../../src/layouts/index.ts';
import { createNamespace, readManifests, storePath } from '../api-client.ts';
import { connection, custom, customLayout, directory, postgres, session3 } from './specs.ts';
import { manifest, startTrial, type Trial } from './trial.ts';

let trial: Trial;
beforeAll(async () => {
  trial = await startTrial();
});
afterAll(() => trial[Symbol.asyncDispose]());

describe('fields that cannot change', () => {
  const tableDefault = layouts.find(({ name }) => name === 'connect-pg-simple')?.postgres?.table;

  test.each<[string, unknown, unknown, string]>([
    ['the kind of backend', session3, directory, 'backend cannot change its kind'],
    ['the layout', postgres, session3, 'layout cannot change'],
    [
      'the schema',
      postgres,
      { ...postgres, backend: { postgres: { connection, schema: 'other' } } },
      'backend.postgres.schema cannot change',
    ],
    [
      'the table',
      postgres,
      { ...postgres, backend: { postgres: { connection, table: 'other' } } },
      'backend.postgres.table cannot change',
    ],
    [
      'the claim',
      directory,
      { backend: { directory: { claimName: 'other', path: 'sessions' } } },
      'backend.directory.claimName cannot change',
    ],
    [
      'the path',
      directory,
      { backend: { directory: { claimName: 'claim', path: 'other' } } },
      'backend.directory.path cannot change',
    ],
  ])('%s', async (_what, from, to, sentence) =>
    expect(await trial.changeRefusal(from, to)).toContain(sentence),
  );

  test.each<[string, unknown, unknown]>([
    [
      'the name of the Secret',
      postgres,
      { ...postgres, backend: { postgres: { connection: { secretName: 'renamed' } } } },
    ],
    [
      'a default written out',
      postgres,
      { ...postgres, backend: { postgres: { connection, schema: 'public', table: tableDefault } } },
    ],
    ['the default layout written out', session3, { ...session3, layout: 'session3' }],
    ['cleanup, added and taken away', directory, { ...directory, cleanup: { unmodifiedFor: '1h' } }],
  ])('but %s can', async (_what, from, to) => expect(await trial.changeRefusal(from, to)).toBeUndefined());
});

test('a confirmed description cannot change before its counts are looked at again', async () => {
  const confirmed = (time: string, yes: boolean) => ({
    ...custom,
    customLayout: { ...customLayout, confirmed: yes, table: { ...customLayout.table, time } },
  });
  const change = async (before: unknown, after: unknown) => {
    const refused = await trial.changeRefusal(before, after);
    return refused?.includes('cannot change while customLayout.confirmed is true') ?? false;
  };
  expect(await change(confirmed('ends_at', true), confirmed('made_at', true))).toBe(true);
  expect(await change(confirmed('ends_at', true), confirmed('made_at', false))).toBe(false);
  expect(await change(confirmed('ends_at', false), confirmed('ends_at', true))).toBe(false);
});

test('every file of deploy/examples is taken as it is', async () => {
  await createNamespace(trial.api, 'examples');
  const files = (await readdir('deploy/examples', { recursive: true })).filter((file) =>
    file.endsWith('.yaml'),
  );
  const paths: Readonly<Record<string, string>> = {
    SessionStore: storePath('examples'),
    Secret: '/api/v1/namespaces/examples/secrets',
  };
  const names = [];
  for (const object of (
    await Promise.all(files.map((file) => readManifests(`deploy/examples/${file}`)))
  ).flat()) {
    const path = paths[object.kind ?? ''];
    if (!path)
      throw new Error(`Expected an example to hold SessionStores and Secrets, found a ${object.kind}`);
    names.push((await trial.api.must('POST', `${path}?fieldValidation=Strict`, object)).metadata.name);
  }
  expect(names.length).toBeGreaterThanOrEqual(files.length);
});

test('a resource that was never reconciled is never healthy', async () => {
  const created = await trial.api.must('POST', storePath('default'), manifest(session3, 'unseen'));
  expect(created.status).toEqual({ observedGeneration: -1 });
  await trial.api.must('DELETE', storePath('default', 'unseen'));
});
