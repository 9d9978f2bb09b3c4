import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { cliOutcome } from './fake-terminal.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kubeconfig-'));
});

afterEach(() => {
  vi.unstubAllEnvs();
});

afterAll(() => rm(folder, { recursive: true }));

/** `status` with this KUBECONFIG and an empty home. */
function status(kubeconfig: string, args: readonly string[] = []) {
  vi.stubEnv('KUBECONFIG', kubeconfig);
  vi.stubEnv('HOME', folder);
  return cliOutcome(['status', ...args]);
}

async function file(name: string, content: string): Promise<string> {
  const whole = path.join(folder, name);
  await writeFile(whole, content);
  return whole;
}

/** A kubeconfig whose server nobody listens at, with this user. */
const configWith = (user: object, server = 'https://127.0.0.1:1', settings = {}): Promise<string> =>
  file(
    'with-user',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      clusters: [{ name: 'test', cluster: { server, ...settings } }],
      users: [{ name: 'test', user }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    }),
  );

const execOf = (command: string, args: readonly string[] = []) => ({
  exec: { apiVersion: 'client.authentication.k8s.io/v1', command, args, interactiveMode: 'Never' },
});

test('without a kubeconfig, the command says that one is expected', async () => {
  expect(await status('')).toEqual({
    exitCode: 64,
    stdout: '',
    stderr:
      'sessionstore status: Expected a kubeconfig with a current context: set KUBECONFIG, or give --kubeconfig or --context\n',
  });
});

test('a KUBECONFIG that is missing, a folder, broken, empty or of another form is said with its place', async () => {
  const broken = await file('broken', 'users:\n  - token: "secret-of-mine\n  x: [');
  const expected = [
    ['/nowhere/config', 'Expected a kubeconfig in /nowhere/config; the file does not exist'],
    [folder, `Expected a kubeconfig in ${folder}; this is a folder`],
    [broken, `Expected a kubeconfig in ${broken}; line`],
    [await file('empty', ''), 'empty; it is empty, or not a kubeconfig'],
    [await file('text', 'no kubeconfig'), 'Expected a kubeconfig'],
  ] as const;
  for (const [place, text] of expected) {
    const { exitCode, stderr } = await status(place);
    expect({ place, exitCode, stderr }).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining(text),
    });
    expect(stderr).not.toContain('secret-of-mine');
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  }
});

test('a file of a certificate that is missing is named', async () => {
  const user = { 'client-certificate': 'gone.crt', 'client-key': 'gone.key' };
  expect(await status(await configWith(user))).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining(
      `Expected the file ${path.join(folder, 'gone.crt')}, which the kubeconfig names`,
    ),
  });
});

test('a certificate that OpenSSL cannot read is a fault of the kubeconfig', async () => {
  const none = Buffer.from('none').toString('base64');
  const user = { 'client-certificate-data': none, 'client-key-data': none };
  expect(await status(await configWith(user))).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('certificate of the kubeconfig cannot be used'),
  });
});

test('a program for credentials that is not installed is named', async () => {
  expect(await status(await configWith(execOf('no-such-plugin')))).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining(
      'takes credentials from the program no-such-plugin, which cannot be started (ENOENT)',
    ),
  });
});

test('a program for credentials that fails is quoted; its output never is', async () => {
  const failing = execOf('sh', ['-c', 'echo "The SSO session has expired" >&2; exit 255']);
  expect(await status(await configWith(failing))).toMatchObject({
    exitCode: 77,
    stderr:
      'sessionstore status: sh, which the kubeconfig names, provided no credentials: The SSO session has expired\n',
  });
  for (const output of ['my-secret', '{"token":"my-secret"}']) {
    const { exitCode, stderr } = await status(await configWith(execOf('echo', [output])));
    expect(exitCode).toBe(77);
    expect(stderr).toContain('provided no credentials: its output');
    expect(stderr).not.toContain('my-secret');
  }
});

test('a server without TLS is refused with the field that permits it', async () => {
  expect(await status(await configWith({}, 'http://127.0.0.1:1'))).toMatchObject({
    exitCode: 64,
    stderr: expect.stringContaining('Expected insecure-skip-tls-verify: true of cluster test'),
  });
});

test('a server that refuses the connection cannot be reached', async () => {
  expect(await status(await configWith({}))).toMatchObject({
    exitCode: 69,
    stderr: expect.stringContaining('The API server cannot be reached: connect ECONNREFUSED 127.0.0.1:1'),
  });
});

/** A proxy that opens no tunnel, and answers every other request; the requests that came. */
async function startProxy() {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end(JSON.stringify({ kind: 'SessionStoreList', metadata: { resourceVersion: '1' }, items: [] }));
  });
  proxy.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  const { port } = proxy.address() as AddressInfo;
  return { url: (user = '') => `http://${user}127.0.0.1:${port}`, asked };
}

test('the API server is reached by the proxy that the kubeconfig names', async () => {
  const { url, asked } = await startProxy();
  const clear = { 'proxy-url': url(), 'insecure-skip-tls-verify': true };
  const found = await status(await configWith({}, 'http://api.invalid:8080', clear));
  expect(found).toMatchObject({ exitCode: 0, stderr: 'No SessionStores found in namespace default.\n' });
  const secret = { 'proxy-url': url('me:my-secret@') };
  const failed = await status(await configWith({}, 'https://api.invalid:6443', secret));
  expect(failed).toMatchObject({ exitCode: 69, stderr: expect.stringContaining('cannot be reached') });
  expect(failed.stderr).not.toContain('my-secret');
  expect(asked).toEqual([
    expect.stringMatching(/^GET http:\/\/api\.invalid:8080\/apis\/sessionstore\.dev\//),
    'CONNECT api.invalid:6443',
  ]);
});

test('a proxy of another kind is refused, not passed by', async () => {
  for (const proxy of ['socks5://me:my-secret@127.0.0.1:1080', 'my-secret']) {
    const { exitCode, stderr } = await status(await configWith({}, undefined, { 'proxy-url': proxy }));
    expect(exitCode).toBe(64);
    expect(stderr).toContain(
      'Expected proxy-url of cluster test in the kubeconfig to begin with http:// or https://',
    );
    expect(stderr).not.toContain('my-secret');
  }
});
