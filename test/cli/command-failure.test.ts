import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { Cli } from '../../src/cli/cli.ts';
import { missingRight } from '../../src/cli/cli-error.ts';
import { commandFailureOf } from '../../src/cli/command-failure.ts';
import { programOf } from '../../src/cli/program.ts';
import { programVersion } from '../../src/cli/version.ts';
import { ApiError } from '../../src/kube/api-error.ts';
import { HttpClient } from '../../src/kube/http.ts';
import { useFakeApiServer } from './fake-api-server.ts';
import { cliOutcome } from './fake-terminal.ts';

const forbidden = (detail: string) => new ApiError(403, 'Forbidden', `POST /x: ${detail}`, { detail });
const rightOf = (verb: string, resource: string, group: string, where: string) =>
  `${resource}.${group} is forbidden: User "ann" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;

/** Answers of the API server, changed by the tests. */
let answer: { code: number; message: string };
const agents: (string | undefined)[] = [];
const server = useFakeApiServer([
  [
    /./,
    (_, response) => {
      agents.push(response.req.headers['user-agent']);
      response.statusCode = answer.code;
      return { kind: 'Status', reason: 'Unknown', message: answer.message };
    },
  ],
]);
const outcome = (args: readonly string[], stdin = '') =>
  cliOutcome([...args, '--kubeconfig', server.kubeconfig], { stdin });

const manifest = 'apiVersion: sessionstore.dev/v1alpha1\nkind: SessionStore\nmetadata: {name: web}\n';

test('a namespace that does not exist is said, and not taken for a missing operator', async () => {
  answer = { code: 404, message: 'namespaces "shop" not found' };
  expect(await outcome(['plan', '-f', '-'], manifest)).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('Expected an existing namespace; "shop" does not exist'),
  });
  answer = { code: 404, message: 'the server could not find the requested resource' };
  expect(await outcome(['plan', '-f', '-'], manifest)).toMatchObject({
    exitCode: 69,
    stderr: expect.stringContaining('the operator is not installed'),
  });
});

test('the right that the API server misses is named, whatever the command asked for', async () => {
  const message = rightOf('create', 'sessionstores', 'sessionstore.dev', 'in the namespace "shop"');
  answer = { code: 403, message };
  expect(await outcome(['plan', '-f', '-'], manifest)).toMatchObject({
    exitCode: 77,
    stderr:
      'sessionstore plan: You may not create sessionstores in namespace shop. A Role with this rule permits it: ' +
      '{apiGroups: [sessionstore.dev], resources: [sessionstores], verbs: [create]}\n',
  });
});

test('a policy and a quota refuse in the words of the server, and no right is named', async () => {
  const policy =
    'sessionstores.sessionstore.dev "web" is forbidden: ValidatingAdmissionPolicy "p" denied request: no';
  answer = { code: 403, message: policy };
  const { exitCode, stderr } = await outcome(['plan', '-f', '-'], manifest);
  expect(exitCode).toBe(77);
  expect(stderr).toBe(`sessionstore plan: The API server refuses this: ${policy}\n`);
  const quota = 'jobs.batch "a" is forbidden: exceeded quota: jobs';
  expect(commandFailureOf(forbidden(quota))).toMatchObject({
    exitCode: 77,
    message: `The API server refuses this: ${quota}`,
  });
});

test('a right on the whole cluster is one of a ClusterRole', async () => {
  answer = {
    code: 403,
    message: rightOf('list', 'sessionstores', 'sessionstore.dev', 'at the cluster scope'),
  };
  const { stderr } = await outcome(['status', '-A']);
  expect(stderr).toContain(
    'You may not list SessionStores in all namespaces. A ClusterRole with this rule permits it:',
  );
  const rule = { apiGroups: [''], resources: ['pods'], verbs: ['list'] };
  expect(missingRight('list pods', 'shop', rule).message).toContain(
    'in namespace shop. A Role with this rule',
  );
});

test('the command line has a name of its own in the log of the API server', async () => {
  answer = { code: 403, message: 'no' };
  await outcome(['status']);
  expect(agents.at(-1)).toBe(`sessionstore-cli/${programVersion}`);
});

test('an answer that does not come in time has an exit code, as a failed handshake has', async () => {
  // A server that takes connections and never answers.
  const silent = createServer();
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const client = new HttpClient(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`, {});
  const late = await client
    .send({ method: 'GET', path: '/', headers: {} }, { timeoutMs: 50 })
    .catch((error: unknown) => error);
  client.destroy();
  silent.close();
  expect(commandFailureOf(late)).toEqual({
    exitCode: 69,
    message:
      'The API server cannot be reached: Expected an answer of the API server within 0.05 s; none came',
  });
  for (const code of ['EPROTO', 'CERT_NOT_YET_VALID', 'ERR_SSL_WRONG_VERSION_NUMBER'])
    expect(commandFailureOf(Object.assign(new Error('why'), { code }))).toEqual({
      exitCode: 69,
      message: 'The API server cannot be reached: why',
    });
});

test('an unexpected error is one line, and has its stack only with DEBUG', async () => {
  const run = async (env: Record<string, string>) => {
    let stderr = '';
    const stream = { write: (text: string) => (stderr += text) };
    const cli = new Cli({ stdout: stream, stderr: stream, stdin: process.stdin, env });
    const command = programOf(cli, 'sessionstore').commands.find((each) => each.name() === 'status');
    await cli.action(() => Promise.reject(new TypeError('x is not a function\nmore')))(command);
    return { exitCode: cli.exitCode, stderr };
  };
  const line =
    'sessionstore status: x is not a function (this is a fault of sessionstore; with DEBUG=1 it prints where)\n';
  expect(await run({})).toEqual({ exitCode: 70, stderr: line });
  const { stderr } = await run({ DEBUG: '1' });
  expect(stderr.startsWith(`${line}TypeError: x is not a function`)).toBe(true);
  expect(stderr).toContain('command-failure.test.ts');
});
