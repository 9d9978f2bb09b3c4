import { expect, test } from 'vitest';
import { credentialsOf } from '../../src/runner/credentials.ts';
import { failureOf, reportOf } from '../../src/runner/failure.ts';
import { ConnectError, StoreError } from '../../src/stores/store-error.ts';

const credentials = credentialsOf({ password: 's3cret-w0rd', uri: 'postgres://app:p%40ss-w0rd@db/shop' });

test('a StoreError speaks for itself, in at most 1024 characters', () => {
  const error = new StoreError('Conflict', 'x'.repeat(2000));
  const { failure, stack } = failureOf(error, credentials);
  expect(failure).toMatchObject({ reason: 'Conflict', message: expect.stringMatching(/^x{1023}…$/) });
  expect(stack).toBeUndefined();
});

test('anything else is an InternalError with its stack', () => {
  const { failure, stack } = failureOf(new TypeError('x is not a function'), credentials);
  expect(failure).toEqual({ reason: 'InternalError', message: 'Unexpected: x is not a function' });
  expect(stack).toMatch(/^TypeError: x is not a function\n +at/);
});

test.each(['s3cret-w0rd', 'p%40ss-w0rd', 'p@ss-w0rd', 'postgres://app:p%40ss-w0rd@db/shop'])(
  'an unforeseen message that quotes %s is withheld, and so is its stack',
  (credential) => {
    const outcome = failureOf(new Error(`cannot parse "${credential}"`), credentials);
    expect(JSON.stringify(outcome)).not.toContain(credential);
    expect(outcome).toEqual({
      failure: { reason: 'InternalError', message: expect.stringMatching(/withheld/) },
    });
  },
);

test('an unforeseen message shows nothing that it quotes: the name of a file is the id of a session', () => {
  const error = new Error("ENOENT: no such file or directory, open '/volume/sessions/s3ss10n-id'");
  const { failure, stack } = failureOf(error, []);
  expect(failure.message).toBe("Unexpected: ENOENT: no such file or directory, open '…'");
  expect(stack).toMatch(/^Error: ENOENT: no such file or directory, open '…'\n +at/);
  expect(JSON.stringify({ failure, stack })).not.toContain('s3ss10n-id');
});

const quoting = 'Connecting to db.shop: no entry for user "app", database "shop", password s3cret-w0rd';

test.each<[string, Error, string]>([
  [
    'once the server let the role in, role, host and database are shown',
    new StoreError('PermissionDenied', quoting),
    'Connecting to db.shop: no entry for user "app", database "shop", password ‹password›',
  ],
  [
    'until then only a host that has an address is',
    new ConnectError('AuthenticationFailed', quoting),
    'Connecting to db.shop: no entry for user "‹username›", database "‹database›", password ‹password›',
  ],
  [
    'a host without an address is not shown, as it may be the password',
    new StoreError('ConnectionFailed', `Secret shop: ${quoting}`, {
      cause: new ConnectError('ConnectionFailed', quoting, {
        cause: Object.assign(new Error(quoting), { code: 'ENOTFOUND' }),
      }),
    }),
    'Secret shop: Connecting to ‹host›: no entry for user "‹username›", database "‹database›", password ‹password›',
  ],
])('%s', (_title, error, message) => {
  const secret = { host: 'db.shop', username: 'app', password: 's3cret-w0rd', database: 'shop' };
  expect(failureOf(error, credentialsOf(secret)).failure.message).toBe(message);
});

test('every text of a report is scrubbed and made visible, and the token that is compared stays', () => {
  const report = {
    setup: {
      overwriteToken: 's3cret-w0rd',
      connection: { server: 'PostgreSQL s3cret-w0rd', tls: 'off\u001b[0m' },
      notes: ['a line\nof s3cret-w0rd'],
    },
  };
  expect(reportOf(report, credentials)).toEqual({
    setup: {
      overwriteToken: 's3cret-w0rd',
      connection: { server: 'PostgreSQL ‹password›', tls: 'off␛[0m' },
      notes: ['a line␊of ‹password›'],
    },
  });
});
