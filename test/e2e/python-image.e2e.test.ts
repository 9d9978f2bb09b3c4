import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { finishedPod } from './finished-pod.ts';
import { connectPlatform, type Namespace, newNamespace, type Platform } from './platform.ts';

let platform: Platform;
let namespace: Namespace;

beforeAll(async () => {
  platform = await connectPlatform(inject('kubeconfig'), inject('kubectl'));
  namespace = await newNamespace(platform, 'python', { 'pod-security.kubernetes.io/enforce': 'restricted' });
});

afterAll(async () => {
  await namespace.remove();
});

/** The output of a command, run as the operator runs its pods; the user is the image's own. */
async function printed(image: string, ...command: readonly string[]): Promise<readonly string[]> {
  const output = await finishedPod(platform, namespace, 'command', {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    container: {
      image,
      command,
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      },
    },
  });
  return output.trimEnd().split('\n');
}

const image = 'session-store-operator-python:dev';

test('its Python has every kind of dbm, Durus and the stores, as a user who can write nothing', async () => {
  const script = `
import dbm.gnu, dbm.ndbm, dbm.dumb, sqlite3, os, sys
import durus, sessionstore.store.ShelveSessionStore
print(os.getuid(), os.getgid(), sys.version_info[:2], durus.__version__, sys.dont_write_bytecode)
for folder, _, files in os.walk('/app'):
    for path in [folder, *(os.path.join(folder, name) for name in files)]:
        if os.access(path, os.W_OK) or os.lstat(path).st_uid or path.endswith('.pyc'): print(path)`;
  expect(await printed(image, 'python3', '-c', script)).toEqual(['65532 65532 (3, 11) 4.3 True']);
});

test('the image with Python holds the runner, which starts', async () => {
  expect(await printed(image, 'node', '--version')).toEqual([expect.stringMatching(/^v24\./)]);
  const [first] = await printed(image, 'node', '/app/dist/main.js', 'operator', '--help');
  expect(first).toMatch(/^sessionstore operator/);
});

test('the stores that Python serves open where the runner looks for it, and nothing else is said', async () => {
  for (const backend of ['shelve', 'durus']) {
    const store = {
      backend: { [backend]: { claimName: 'shop', path: 'a/b' } },
      cleanup: { unmodifiedFor: '1h' },
    };
    const input = { owner: { installation: 'test', namespace: 'shop', name: 'shop' }, store };
    const flags = ['--store', JSON.stringify(input), '--volume', '/tmp', '--result', '/dev/null'];
    // A pod with a failing command has no output here.
    const command = `node /app/dist/main.js delete-old "$@"; echo "$?"`;
    const lines = await printed(image, 'sh', '-c', command, 'sh', ...flags);
    const [started = '', finished = '', code] = lines;
    expect([JSON.parse(started).msg, JSON.parse(finished).failure.reason, code]).toEqual([
      ...['started', 'StoreMissing', '66'],
    ]);
    expect(lines).toHaveLength(3);
  }
});

test('an image adds the program to its base, less than 15 MB of it, and nothing that is not loaded', async () => {
  const script = `du -sb /app | cut -f1; ls /app; ls /app/dist | grep -vE '\\.c?js$'`;
  const [plainSize, ...plain] = await printed('session-store-operator:dev', 'sh', '-c', script);
  expect(Number(plainSize)).toBeLessThan(15e6);
  expect(plain).toEqual(['dist', 'package.json', 'THIRD-PARTY-LICENCES.txt']);
  const [pythonSize, ...withPython] = await printed(image, 'sh', '-c', script);
  expect(Number(pythonSize)).toBeLessThan(15e6);
  expect(withPython).toEqual(['dist', 'package.json', 'python', 'THIRD-PARTY-LICENCES.txt']);
});

test('the plain image has no Python', async () => {
  const script = `console.log(require('node:fs').existsSync('/app/python'),
    require('node:child_process').spawnSync('python3').error?.code)`;
  expect(await printed('session-store-operator:dev', 'node', '--eval', script)).toEqual(['false ENOENT']);
});
