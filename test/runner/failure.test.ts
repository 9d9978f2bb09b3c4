import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failureOf } from '../../src/runner/failure.ts';
import { StoreError } from '../../src/runner/store-error.ts';
import { secretFolder } from '../servers/secret-folder.ts';

let tmp: string;
let folder: string;
beforeAll(async () => {
  tmp = await mkdtemp(join(tmpdir(), 'failure-'));
  folder = await secretFolder({ password: 's3cret', uri: 'postgres://app:p%40ss@db/shop' }, tmp);
});
afterAll(() => rm(tmp, { recursive: true }));

test('a StoreError speaks for itself, in at most 1024 characters', async () => {
  const error = new StoreError('Conflict', 'x'.repeat(2000));
  const { failure, stack } = await failureOf(error, folder);
  expect(failure).toMatchObject({ reason: 'Conflict', message: expect.stringMatching(/^x{1023}…$/) });
  expect(stack).toBeUndefined();
});

test('anything else is an InternalError with its stack', async () => {
  const { failure, stack } = await failureOf(new TypeError('x is not a function'), folder);
  expect(failure).toEqual({ reason: 'InternalError', message: 'Unforeseen: x is not a function' });
  expect(stack).toMatch(/^TypeError: x is not a function\n +at/);
});

test.each(['s3cret', 'p%40ss', 'p@ss', 'postgres://app:p%40ss@db/shop'])(
  'an unforeseen message that quotes %s is withheld, and so is its stack',
  async (credential) => {
    const outcome = await failureOf(new Error(`cannot parse "${credential}"`), folder);
    expect(JSON.stringify(outcome)).not.toContain(credential);
    expect(outcome).toEqual({
      failure: { reason: 'InternalError', message: expect.stringMatching(/withheld/) },
    });
  },
);
