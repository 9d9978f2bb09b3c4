import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { podConfig } from '../../src/commands/api-config.ts';

let directory: string;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  directory = mkdtempSync(path.join(tmpdir(), 'service-account-'));
  for (const [name, text] of Object.entries({ token: 'one\n', 'ca.crt': 'PEM', namespace: 'ours\n' }))
    writeFileSync(path.join(directory, name), text);
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true });
});

async function optionsOf(config: ReturnType<typeof podConfig>): Promise<RequestOptions> {
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  return options;
}

test('a pod reaches the API server by its environment, as its service account', async () => {
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
  const config = podConfig(env, directory);
  expect(config.getCurrentCluster()?.server).toBe('https://[fd00::1]:443');
  expect(config.getContextObject(config.getCurrentContext())?.namespace).toBe('ours');
  expect(await optionsOf(config)).toEqual({ ca: 'PEM', headers: { authorization: 'Bearer one' } });
});

test('a token that was renewed is used within a minute or so', async () => {
  const config = podConfig(
    { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' },
    directory,
  );
  writeFileSync(path.join(directory, 'token'), 'two\n');
  expect((await optionsOf(config)).headers).toEqual({ authorization: 'Bearer one' });
  vi.setSystemTime(Date.now() + 61_000);
  expect((await optionsOf(config)).headers).toEqual({ authorization: 'Bearer two' });
});
